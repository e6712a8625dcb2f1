package mongo

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// hello is what a server says of itself.
type hello struct {
	SetName  string   `bson:"setName"`
	Arbiters []string `bson:"arbiters"`
	Message  string   `bson:"msg"` // "isdbgrid" for a router of a sharded cluster
}

// errUnreachable says so without the address.
var errUnreachable = errors.New("no MongoDB primary answers at the configured address; is the server running, and are name, port and password right?")

// checkServer refuses what cannot keep the log's promise and warns of what weakens it.
func (s *Store) checkServer(ctx context.Context, opts Options) error {
	var h hello
	primary := options.RunCmd().SetReadPreference(readpref.Primary())
	err := s.client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}, primary).Decode(&h)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("reach MongoDB: %w", ctx.Err())
		}
		return errUnreachable
	}
	switch {
	case h.Message == "isdbgrid":
		opts.Logger.WarnContext(ctx, "MongoDB is a sharded cluster: the collection log must not be sharded")
	case h.SetName == "" && !opts.AllowStandalone:
		return errors.New("this MongoDB server is not a replica set, so that an acknowledged write could be lost; make it one, or allow a standalone server explicitly for a trial")
	case h.SetName == "":
		opts.Logger.WarnContext(ctx, "MongoDB is a standalone server: acknowledged writes do not survive the loss of its disk")
	case len(h.Arbiters) > 0:
		opts.Logger.WarnContext(ctx, "the MongoDB replica set has an arbiter: with one data member down, writes stop", "set", h.SetName)
	}
	return nil
}
