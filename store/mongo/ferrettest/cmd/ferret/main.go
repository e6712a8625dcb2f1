// Command ferret runs FerretDB on a loopback port until it is interrupted and prints its address, for trying
// "serve --store mongodb://..." without a MongoDB server. It is a standalone server; the trial must allow that.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"officermobile/store/mongo/ferrettest"
)

func main() {
	folder := flag.String("folder", "ferret", "folder of the databases")
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	flag.Parse()
	if err := run(*folder, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "ferret:", err)
		os.Exit(1)
	}
}

func run(folder, listen string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := ferrettest.Start(folder, listen)
	if err != nil {
		return err
	}
	fmt.Println(s.URI)
	<-ctx.Done()
	return s.Stop()
}
