// Package auth says who is asking: passwords, sign-in, access and refresh tokens, browser sessions, revocation and the
// keys that sign. What the asker may do is decided elsewhere.
//
// A session begins with a password and has a family document: whose it is, on which device, bound to which device key,
// until when at the latest. A phone holds two tokens of it. The access token is a JWT (ES256) that says little and
// lives ten minutes; the refresh token is opaque and is exchanged for the next pair. A browser holds one cookie that
// scripts can't read.
//
// Three rules:
//
//   - No secret is stored as such. Passwords are argon2id, refresh secrets, cookies and device keys are SHA-256 sums of
//     256 random bits; a successor that must be handed out again is sealed under its predecessor's secret.
//   - A revocation is effective in memory before it is written, and everything that was derived from a session (cached
//     tokens, open streams) hangs on one object that ends with it.
//   - One answer for everything that does not sign in. Only the audit hook learns why.
package auth
