package api

import (
	"context"

	"officermobile/auth"
	"officermobile/models/trail"
)

// SessionEntry is the audit line about what became of a session or a password. It carries no name that was typed: of a
// sign-in by a name that nobody has, there is only where it came from.
func SessionEntry(ctx context.Context, e auth.Event) trail.Entry {
	line := OriginOf(ctx)
	line.What, line.Outcome, line.Why = string(e.What), trail.OK, e.Why
	if e.Remote != "" {
		line.Remote = e.Remote
	}
	switch e.What {
	case auth.SignedIn: // only now it is known who asks
		line.User, line.Device, line.Session = e.User, e.Device, e.Session
		return line
	case auth.SignInRefused, auth.Locked, auth.Reused:
		line.Outcome = trail.Refused
	}
	for _, o := range []trail.Object{{Kind: "user", ID: e.User.String()}, {Kind: "device", ID: e.Device.String()}, {Kind: "session", ID: e.Session.String()}} {
		if o.ID != "" {
			line.Objects = append(line.Objects, o)
		}
	}
	return line
}
