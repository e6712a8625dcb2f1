// Package pushtest is Apple's, Google's and browsers' push services for tests and rehearsals: real TLS, HTTP/2 and signatures on
// loopback, with their rules, their error bodies, faults on request, and a record of what they took and what an
// officer would see. Nothing here reaches the network.
//
// Faithful, APNs: HTTP/2 only, over TLS; one stream until the first valid token, then Options.Streams, and REFUSED_STREAM
// beyond; the ES256 provider token (algorithm, key, team, an hour, no change within 20 minutes on a connection, by
// arrival, or it is spoilt for as long); path, header, priority and size rules; apns-id echoed in upper case; the reasons
// and the millisecond time of a 410. FCM: the jwt-bearer grant (RS256, audience, the one scope, expiry); bearers that
// expire; target union, string data, reserved keys, ttl, 4096 bytes; error bodies with and without FcmError,
// Retry-After, QuotaFailure; a hundred streams, and GOAWAY beyond.
//
// Faults are scripted (Script, Outage, Silence): any answer, slow or cut anywhere, resets, GOAWAY with code and debug
// data, black holes. The clock is Options.Now and Advance; chance comes from Options.Seed. Journal, Connections and Peak
// tell what arrived, by which connection, and how much at once.
//
// Not faithful: devices are always online, so nothing is stored, batched or dropped for expiry, and Doze, Focus and
// the two providers' quotas do not exist unless a device is Throttled; a background push whose aps holds more than
// content-available is refused, where Apple is silent; only what our senders use of both message formats is known.
package pushtest
