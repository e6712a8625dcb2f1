// Package bench measures a server as phones would find it, and beside each figure a baseline of the same run, so that
// a slow hour or a slow disk shows as one and not as a slow server.
//
// All runs on one machine over the loopback: the server and the baseline are processes of their own, the load comes
// from this one. They share the processors, so the load must be cheap: it writes requests that are prepared but for
// their ids and texts on plain connections, and reads answers without a client library (conn.go). What a phone would
// do with an answer (unpack it, decode it, count its rows) is done where the figure says "until all is held".
//
// The baseline (baseline.go) is a net/http server in the same binary: an echo that commits what it is sent to a file,
// as many requests as wait in one flush; the same echo without a flush; answers of a given size; and event streams
// without any rule. It authenticates nobody, decides nothing, stores nothing that could be read. A server that comes
// near it spends its time on what HTTP and the disk cost anyway.
//
// Texts are sentences of the length and languages of a dispatch floor (texts.go), not one sentence repeated: bytes on
// the wire depend on it.
package bench
