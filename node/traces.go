package node

import (
	"context"
	"runtime/debug"

	"officermobile/api"
	"officermobile/trace"
)

// observer is told of each answer: the metrics, and the traces where they are on.
func (n *Node) observer(ctx context.Context) (func(context.Context, api.Answered), error) {
	t := n.cfg.Trace
	if t.Endpoint == "" {
		return n.metrics.answered, nil
	}
	tracer, err := trace.Open(ctx, trace.Options{Endpoint: t.Endpoint, Ratio: t.Ratio, Version: version(), Logger: n.logger})
	if err != nil {
		return nil, err
	}
	n.onClose(tracer.Close)
	return func(ctx context.Context, a api.Answered) {
		n.metrics.answered(ctx, a)
		tracer.Record(spanOf(a))
	}, nil
}

// spanOf is an answer as a span. Where there is no route, method and path are a stranger's and are left out.
func spanOf(a api.Answered) trace.Request {
	r := trace.Request{
		Method: a.Method, Route: a.Path, Name: a.Route, Status: a.Status, ID: a.RequestID, Parent: a.Parent, Began: a.Began, Took: a.Took,
	}
	if r.Method == "" {
		r.Method, r.Route = "_OTHER", "none" // OpenTelemetry's word for a method that is not known
	}
	return r
}

// version is the program's, as it was built.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(unknown)"
}
