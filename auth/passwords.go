package auth

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"officermobile/models"

	"golang.org/x/text/unicode/norm"
)

// Rules of a new password (CJIS IA-5(1)(a), ASVS 6.2): long, any characters, none of the usual ones.
const (
	MinPasswordRunes = 12
	MaxPasswordBytes = 256 // hashing is bounded; a passphrase of forty words fits
	minDistinctRunes = 5
)

// Passwords hashes and compares, a bounded number at a time: each hash takes 19 MiB, so that without a bound a flood of
// sign-ins would be an attack on memory. It keeps nothing.
type Passwords struct {
	cost  Cost
	slots chan struct{} // one per hash under way
	queue chan struct{} // one per caller, waiting or hashing
	decoy phc
}

// NewPasswords allows that many hashes at a time and that many callers waiting for one.
func NewPasswords(cost Cost, hashes, waiting int) *Passwords {
	return &Passwords{
		cost:  cost,
		slots: make(chan struct{}, hashes),
		queue: make(chan struct{}, hashes+waiting),
		decoy: decoyPHC(cost),
	}
}

// Check refuses a password that nobody should use: a models.Error of KindInvalid that doesn't carry it.
func (p *Passwords) Check(password string) error {
	switch {
	case len(password) > MaxPasswordBytes:
		return models.Invalid("password", "at most 256 bytes.")
	case !utf8.ValidString(password):
		return models.Invalid("password", "not valid UTF-8.")
	case utf8.RuneCountInString(password) < MinPasswordRunes:
		return models.Invalid("password", "at least 12 characters.")
	case tooCommon(password):
		return models.Invalid("password", "too common.")
	}
	return nil
}

// Hash makes the PHC string of a password. It refuses with KindUnavailable when too many wait.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	release, err := p.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	h, err := newPHC(p.cost, norm.NFKC.String(password))
	return h.String(), err
}

// Matches compares a password with a PHC string. With "" it does the same work and answers false, so that an unknown
// user takes as long as a known one. Stale says that the string was made at another cost. KindUnavailable as for Hash.
func (p *Passwords) Matches(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	h := p.decoy
	if stored != "" {
		if h, err = parsePHC(stored); err != nil {
			return false, false, err
		}
	}
	release, err := p.acquire(ctx)
	if err != nil {
		return false, false, err
	}
	defer release()
	ok, err = h.matches(norm.NFKC.String(password))
	return ok && stored != "", h.cost != p.cost, err
}

func (p *Passwords) acquire(ctx context.Context) (release func(), err error) {
	select {
	case p.queue <- struct{}{}:
	default:
		return nil, &models.Error{Kind: models.KindUnavailable, Code: "busy", RetryMS: 2000,
			Message: "Too many people are signing in at this moment."}
	}
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots; <-p.queue }, nil
	case <-ctx.Done():
		<-p.queue
		return nil, ctx.Err()
	}
}

// tooCommon reports a password of few different characters, or one whose letters are a word that everybody tries:
// digits and signs around it, such as a year, do not help.
func tooCommon(password string) bool {
	distinct := map[rune]bool{}
	var letters strings.Builder
	for _, r := range strings.ToLower(password) {
		distinct[r] = true
		if unicode.IsLetter(r) {
			letters.WriteRune(r)
		}
	}
	if len(distinct) < minDistinctRunes || letters.Len() == 0 {
		return true
	}
	return isBanned(letters.String())
}

// isBanned looks a word up, also written several times over. The list is short on purpose: with twelve characters at
// least, what remains to be guessed are these.
func isBanned(letters string) bool {
	for word := range strings.FieldsSeq(bannedWords) {
		if strings.ReplaceAll(letters, word, "") == "" {
			return true
		}
	}
	return false
}

const bannedWords = `password passwort passphrase passwd pass word letmein welcome changeme admin administrator root
qwerty qwertyuiop qwertzuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm abc abcd abcdef abcdefgh abcdefghijkl iloveyou
police officer officermobile sheriff deputy dispatch dispatcher security sergeant lieutenant captain trooper patrol
cop cops badge department policedepartment policeofficer sheriffsoffice secret topsecret default test testing temp
temporary user username login guest dragon monkey football baseball superman batman sunshine princess shadow master
trustnoone spring summer autumn fall winter january february march april june july august september october november
december monday tuesday wednesday thursday friday saturday sunday`
