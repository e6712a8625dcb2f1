package ferrettest_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sync"
	"testing"

	"officermobile/store"
	"officermobile/store/mongo"
	"officermobile/store/mongo/ferrettest"
	"officermobile/store/storetest"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// serverVariable names a real MongoDB replica set to run against instead of FerretDB.
const serverVariable = "OFFICERMOBILE_TEST_MONGODB"

// server is the address of the server under test.
func server(t *testing.T) string {
	t.Helper()
	if uri := os.Getenv(serverVariable); uri != "" {
		return uri
	}
	s, err := ferrettest.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s.URI
}

func connect(t *testing.T, uri, database string) *mongo.Store {
	t.Helper()
	s, err := mongo.Open(t.Context(), uri, mongo.Options{
		Database:        database,
		AllowStandalone: os.Getenv(serverVariable) == "",
		Logger:          slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// database makes up a name and drops the database at the end of the test.
func database(t *testing.T, uri string) string {
	t.Helper()
	name := "test_" + storetest.NewUUID().Hex()
	t.Cleanup(func() {
		raw(t, uri, func(c *driver.Client) error { return c.Database(name).Drop(context.Background()) })
	})
	return name
}

// raw does something to the server behind the store's back.
func raw(t *testing.T, uri string, do func(*driver.Client) error) {
	t.Helper()
	c, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Disconnect(context.Background()) }()
	if err := do(c); err != nil {
		t.Error(err)
	}
}

func TestConformance(t *testing.T) {
	uri := server(t)
	storetest.Run(t, func(t *testing.T) store.Store {
		s := connect(t, uri, database(t, uri))
		if os.Getenv(serverVariable) != "" {
			return s
		}
		return &oneAtATime{Store: s}
	})
}

// oneAtATime serialises conditional puts. FerretDB 1 looks a document up and then writes it by _id, so that two
// updates on the same version can both win; MongoDB's update of one document is atomic.
type oneAtATime struct {
	store.Store
	mu sync.Mutex
}

func (s *oneAtATime) PutIf(ctx context.Context, d store.Document) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.PutIf(ctx, d)
}

func TestReopen(t *testing.T) {
	uri := server(t)
	name := database(t, uri)
	storetest.Reopen(t, func(t *testing.T) store.Store { return connect(t, uri, name) })
}

func TestStandaloneIsRefused(t *testing.T) {
	if os.Getenv(serverVariable) != "" {
		t.Skip("the server given is a replica set")
	}
	if s, err := mongo.Open(t.Context(), server(t), mongo.Options{}); err == nil {
		_ = s.Close()
		t.Error("a standalone server was accepted")
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	uri := server(t)
	name := database(t, uri)
	if err := connect(t, uri, name).CheckHealth(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw(t, uri, func(c *driver.Client) error {
		_, err := c.Database(name).Collection("documents").UpdateOne(t.Context(),
			bson.D{{Key: "_id", Value: "schema"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: int64(2)}}}})
		return err
	})
	if s, err := mongo.Open(t.Context(), uri, mongo.Options{Database: name, AllowStandalone: os.Getenv(serverVariable) == ""}); err == nil {
		_ = s.Close()
		t.Error("a newer schema was accepted")
	}
}
