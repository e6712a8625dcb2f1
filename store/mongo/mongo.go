// Package mongo is the store on a MongoDB replica set, for several nodes.
//
// A batch of the log is one document whose _id is made of the log's name and the batch's first position: the one index
// that every collection has is the compare-and-swap, the order and the tail. There are no transactions and no change
// streams. Every handle reads with majority from the primary and writes with majority and journal, set here and not
// left to the address. What a write's error means is decided in outcome.go: whatever is not certain is Unknown.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"officermobile/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

const (
	// defaultDatabase is used where neither the address nor Options names one.
	defaultDatabase = "officermobile"
	// selectTimeout is how long a call looks for a primary; an election takes up to about 12 s, the caller tries again.
	selectTimeout = 5 * time.Second
	// callTimeout ends a call that its caller would let hang; after a write that is Unknown.
	callTimeout = 15 * time.Second
	// schemaVersion is what this program writes; a database with a greater one is refused.
	schemaVersion = 1
)

// Options are what the address does not say.
type Options struct {
	// Database overrides the one in the address.
	Database string
	// AllowStandalone accepts a server that is no replica set, on which nothing survives its disk. For trials only.
	AllowStandalone bool
	// Logger takes the warnings; nil for slog.Default.
	Logger *slog.Logger
}

// Store is a store.Store in one MongoDB database.
type Store struct {
	client *mongo.Client
	log    *mongo.Collection
	docs   *mongo.Collection
	ends   sync.Map // store.Name to end: a batch known to be durable at the end of its log
}

// Open connects, looks at what sort of server it is, and makes the indexes. A server that cannot be reached, or that is
// no replica set, is one sentence; it never contains the address, which may hold a password.
func Open(ctx context.Context, uri string, opts Options) (*Store, error) {
	clientOptions := options.Client().ApplyURI(uri).SetAppName("officermobile").
		SetServerSelectionTimeout(selectTimeout).SetTimeout(callTimeout)
	if clientOptions.Validate() != nil {
		return nil, errors.New("the address of the MongoDB server cannot be read; it starts with mongodb:// or mongodb+srv://")
	}
	client, err := mongo.Connect(clientOptions)
	if err != nil {
		return nil, errors.New("the address of the MongoDB server cannot be used")
	}
	s := &Store{client: client}
	if opts.Database == "" {
		opts.Database = databaseOf(uri)
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if err := s.open(ctx, opts); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, opts Options) error {
	if err := s.checkServer(ctx, opts); err != nil {
		return err
	}
	journal := true
	durable := options.Collection().
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary()).
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journal})
	db := s.client.Database(opts.Database)
	s.log, s.docs = db.Collection("log", durable), db.Collection("documents", durable)
	if err := s.checkSchema(ctx); err != nil {
		return err
	}
	return s.makeIndexes(ctx)
}

// makeIndexes makes the two there are beside _id; having them already is no error.
func (s *Store) makeIndexes(ctx context.Context) error {
	keys := mongo.IndexModel{Keys: bson.D{{Key: "keys", Value: 1}}, Options: options.Index().SetName("keys")}
	if _, err := s.log.Indexes().CreateOne(ctx, keys); err != nil {
		return fmt.Errorf("make the index of the log: %w", plain(ctx, err))
	}
	due := mongo.IndexModel{
		Keys:    bson.D{{Key: "kind", Value: 1}, {Key: "due", Value: 1}, {Key: "_id", Value: 1}},
		Options: options.Index().SetName("due"),
	}
	if _, err := s.docs.Indexes().CreateOne(ctx, due); err != nil {
		return fmt.Errorf("make the index of the documents: %w", plain(ctx, err))
	}
	return nil
}

// schemaID is no document's _id, which has a '/'.
const schemaID = "schema"

func (s *Store) checkSchema(ctx context.Context) error {
	_, err := s.docs.InsertOne(ctx, bson.D{{Key: "_id", Value: schemaID}, {Key: "version", Value: int64(schemaVersion)}})
	if err == nil {
		return nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("write to the MongoDB database: %w", plain(ctx, err))
	}
	var have struct{ Version int64 }
	if err := s.docs.FindOne(ctx, bson.D{{Key: "_id", Value: schemaID}}).Decode(&have); err != nil {
		return fmt.Errorf("read the MongoDB database's version: %w", plain(ctx, err))
	}
	if have.Version > schemaVersion {
		return fmt.Errorf("the database was written by a newer version of the program (schema %d, this one knows %d)", have.Version, schemaVersion)
	}
	return nil
}

// databaseOf is the database that an address names behind its hosts.
func databaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	_, path, _ := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(path, "?")
	if name == "" {
		return defaultDatabase
	}
	return name
}

// CheckHealth asks the primary, through a majority read.
func (s *Store) CheckHealth(ctx context.Context) error {
	if err := s.docs.FindOne(ctx, bson.D{{Key: "_id", Value: schemaID}}).Err(); err != nil {
		return fmt.Errorf("reach the MongoDB primary: %w", plain(ctx, err))
	}
	return nil
}

// Close disconnects; calls under way end with an error.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), selectTimeout)
	defer cancel()
	if err := s.client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		return fmt.Errorf("disconnect from MongoDB: %w", plain(ctx, err))
	}
	return nil
}

var _ store.Store = (*Store)(nil)
