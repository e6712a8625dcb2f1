// Package trace tells an OpenTelemetry collector of requests: one span for each, made when it has been answered.
//
// Two rules. A span names an operation and what became of it, never a person, a device, an agency or a text; of what a
// stranger sends only a trace's number is taken over, which is hexadecimal digits. And a collector that hangs, refuses or
// is gone costs a request nothing: spans wait in a queue of bounded length, and what does not fit is dropped.
//
// A request calls nobody else while it is answered, so there is no child span to hang below it, and nothing to install
// in its way: a Tracer is told afterwards. Without one, nothing here runs.
package trace
