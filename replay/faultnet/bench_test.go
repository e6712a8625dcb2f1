package faultnet_test

import (
	"context"
	"io"
	"net"
	"testing"

	"officermobile/clock"
	"officermobile/replay/faultnet"
)

// BenchmarkRoundTrip is what a link costs beside the network it plays: 200 bytes there and back, at a speed at which
// the network's own time is next to nothing.
func BenchmarkRoundTrip(b *testing.B) {
	s, err := faultnet.NewSchedule(faultnet.Synthetic()[0], 0, origin, origin.Add(1), nil)
	if err != nil {
		b.Fatal(err)
	}
	servers := make(chan net.Conn, 1)
	link := faultnet.NewLinkOver(clock.Scaled(origin, 1e9), s, func(context.Context, string, string) (net.Conn, error) {
		device, server := net.Pipe()
		servers <- server
		return device, nil
	})
	defer link.Close()
	device, err := link.Dial(b.Context(), "tcp", "server:1")
	if err != nil {
		b.Fatal(err)
	}
	server := <-servers
	go func() { _, _ = io.Copy(server, server) }()
	buffer := make([]byte, 200)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := device.Write(buffer); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(device, buffer); err != nil {
			b.Fatal(err)
		}
	}
}
