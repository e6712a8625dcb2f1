package auth

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is how much work and memory a password hash takes. The default, 2 passes over 19 MiB, is that of OWASP's ASVS.
// With PBKDF2 set (a FIPS 140-3 installation, as argon2 is in no validated module) it is PBKDF2-HMAC-SHA256 instead.
type Cost struct {
	Passes    uint32
	MemoryKiB uint32
	PBKDF2    int // iterations, 600000 are advised; 0: argon2id
}

// Bounds of the work that a stored string can ask for, so that a damaged one can't stop the server.
const (
	maxPasses     = 16
	maxMemoryKiB  = 256 << 10
	maxIterations = 10_000_000
	saltBytes     = 16
	digestBytes   = 32
)

func (c Cost) check() error {
	if c.PBKDF2 != 0 {
		if c.PBKDF2 < 0 || c.PBKDF2 > maxIterations {
			return fmt.Errorf("PBKDF2 iterations are 1 to %d", maxIterations)
		}
		return nil
	}
	if c.Passes < 1 || c.Passes > maxPasses || c.MemoryKiB < 8 || c.MemoryKiB > maxMemoryKiB {
		return fmt.Errorf("argon2id takes 1 to %d passes over 8 to %d KiB", maxPasses, maxMemoryKiB)
	}
	return nil
}

// phc is a hash in the PHC string format: the parameters travel with it.
type phc struct {
	cost         Cost
	salt, digest []byte
}

func newPHC(cost Cost, password string) (phc, error) {
	p := phc{cost: cost, salt: make([]byte, saltBytes)}
	rand.Read(p.salt)
	digest, err := p.compute(password)
	p.digest = digest
	return p, err
}

// decoyPHC is a hash that no password has and that takes as long to refuse as any other.
func decoyPHC(cost Cost) phc {
	p := phc{cost: cost, salt: make([]byte, saltBytes), digest: make([]byte, digestBytes)}
	rand.Read(p.salt)
	rand.Read(p.digest)
	return p
}

func (p phc) compute(password string) ([]byte, error) {
	if p.cost.PBKDF2 > 0 {
		return pbkdf2.Key(sha256.New, password, p.salt, p.cost.PBKDF2, digestBytes)
	}
	return argon2.IDKey([]byte(password), p.salt, p.cost.Passes, p.cost.MemoryKiB, 1, digestBytes), nil
}

func (p phc) matches(password string) (bool, error) {
	got, err := p.compute(password)
	return subtle.ConstantTimeCompare(got, p.digest) == 1, err
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	tail := b64.EncodeToString(p.salt) + "$" + b64.EncodeToString(p.digest)
	if p.cost.PBKDF2 > 0 {
		return fmt.Sprintf("$pbkdf2-sha256$i=%d$%s", p.cost.PBKDF2, tail)
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s", argon2.Version, p.cost.MemoryKiB, p.cost.Passes, tail)
}

// parsePHC reads what String makes. The error never carries any of it.
func parsePHC(s string) (phc, error) {
	fields := strings.Split(s, "$")
	if len(fields) < 5 || fields[0] != "" {
		return phc{}, fmt.Errorf("a password hash has another form")
	}
	p := phc{}
	tail := fields[len(fields)-2:]
	head := strings.Join(fields[1:len(fields)-2], "$")
	if !p.cost.parse(head) || p.cost.check() != nil {
		return phc{}, fmt.Errorf("a password hash has unknown parameters")
	}
	var err1, err2 error
	p.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(tail[0])
	p.digest, err2 = base64.RawStdEncoding.Strict().DecodeString(tail[1])
	if err1 != nil || err2 != nil || len(p.salt) != saltBytes || len(p.digest) != digestBytes {
		return phc{}, fmt.Errorf("a password hash is damaged")
	}
	return p, nil
}

// parse reads the part of a PHC string before the salt; only the exact spelling that String uses.
func (c *Cost) parse(head string) bool {
	if _, err := fmt.Sscanf(head, "pbkdf2-sha256$i=%d", &c.PBKDF2); err == nil {
		return head == fmt.Sprintf("pbkdf2-sha256$i=%d", c.PBKDF2)
	}
	var version int
	if _, err := fmt.Sscanf(head, "argon2id$v=%d$m=%d,t=%d,p=1", &version, &c.MemoryKiB, &c.Passes); err != nil {
		return false
	}
	return head == fmt.Sprintf("argon2id$v=%d$m=%d,t=%d,p=1", argon2.Version, c.MemoryKiB, c.Passes)
}
