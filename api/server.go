package api

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"
)

// Times and sizes of connections. Streams and long polls lift what is too short for them, each for itself.
const (
	headerWithin  = 5 * time.Second  // of slow senders 300 held 300 connections without it
	requestWithin = 15 * time.Second // 256 KiB at the 140 kbit/s of a bad cell
	answerWithin  = 45 * time.Second // a long poll of 25 s, and a megabyte at that rate
	idleWithin    = 2 * time.Minute  // a phone's next sync finds the connection open, and so does the proxy
	maxHeader     = 16 << 10
)

// Config is where a server listens and how.
type Config struct {
	Address string
	TLS     *tls.Config // nil: a proxy in front has it
	Logger  *slog.Logger
	Times   Times
}

// Times bound how long a connection may take. Zero fields take the defaults named in this file.
type Times struct {
	Header  time.Duration // until a request's headers are there
	Request time.Duration // until its body is there too
	Answer  time.Duration // until the answer is handed to the network; streams set their own for each frame
	Idle    time.Duration // until the next request on the same connection
}

func (t Times) withDefaults() Times {
	setDefault(&t.Header, headerWithin)
	setDefault(&t.Request, requestWithin)
	setDefault(&t.Answer, answerWithin)
	setDefault(&t.Idle, idleWithin)
	return t
}

// Server is an HTTP server for an API. Its Shutdown ends the streams, which would else outlast it.
func (a *API) Server(cfg Config) *http.Server {
	t := cfg.Times.withDefaults()
	s := &http.Server{
		Addr: cfg.Address, Handler: a, TLSConfig: cfg.TLS,
		ReadHeaderTimeout: t.Header, ReadTimeout: t.Request, WriteTimeout: t.Answer, IdleTimeout: t.Idle,
		MaxHeaderBytes: maxHeader,
	}
	if cfg.Logger != nil {
		s.ErrorLog = slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelDebug)
	}
	s.RegisterOnShutdown(a.Drain)
	return s
}
