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
}

// Server is an HTTP server for an API. Its Shutdown ends the streams, which would else outlast it.
func (a *API) Server(cfg Config) *http.Server {
	s := &http.Server{
		Addr: cfg.Address, Handler: a, TLSConfig: cfg.TLS,
		ReadHeaderTimeout: headerWithin, ReadTimeout: requestWithin, WriteTimeout: answerWithin, IdleTimeout: idleWithin,
		MaxHeaderBytes: maxHeader,
	}
	if cfg.Logger != nil {
		s.ErrorLog = slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelDebug)
	}
	s.RegisterOnShutdown(a.Drain)
	return s
}
