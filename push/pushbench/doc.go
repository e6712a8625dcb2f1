// Package pushbench measures push alone, in a process of its own: a real state, a real outbox in a real store and the
// real senders, over the network to simulated providers. Only who writes and who looks is made up. Beside it runs the
// least that the same notifications can cost: the vendors' libraries in a loop, which keep nothing, decide nothing and
// repeat nothing.
package pushbench
