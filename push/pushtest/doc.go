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
// Devices (Register, SetReach, OnSealed): live, another environment's, another app's, uninstalled since a time, told to
// slow down; awake, asleep or offline. Offline, Apple keeps one notification for each until it expires, FCM a hundred and
// four collapse keys, a browser's service what no topic replaces; asleep, what is not urgent comes with what is. FCM's
// quotas are counted, and a device whose high messages show nothing loses its urgency. Inbox is what the officer reads:
// the app's words, or sealed content where the app's code runs and can open it. Watch follows all of them.
//
// Not faithful: numbers that providers keep to themselves are ours (how many idle high messages are too many, when a
// sleeping device is served); Focus and critical alerts do not exist; a background push whose aps holds more than
// content-available is refused, where Apple is silent; the token service is on FCM's own host; HTTP/1.1, which Google
// speaks too, is refused.
package pushtest
