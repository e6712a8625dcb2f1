package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

// presenceKind is the kind of documents by which nodes tell each other what they heard: one per node, rewritten each
// second while there is news, so that it costs nothing per device.
const presenceKind store.Kind = "presence"

// Times of the documents.
const (
	presenceEvery = time.Second
	presenceAlive = 5 * time.Second    // between writes when there is no news
	presenceDead  = 60 * time.Second   // without a write: the node is gone, and whoever sees it takes its document over
	presenceKept  = 7 * 24 * time.Hour // a device not heard for longer is forgotten, as below the floor
)

// presencePart is how many devices one document holds: well below its 4 MiB.
const presencePart = 8000

// presenceDisk is what the goroutine that writes and reads the documents knows.
type presenceDisk struct {
	written map[string]uint64 // versions of the own documents, by kind and id
	seen    map[string]uint64 // versions of those of others
	at      time.Time         // of the last write
}

// presenceDoc is a document's body.
type presenceDoc struct {
	At      int64         `json:"at"` // milliseconds since 1970
	Devices []presenceRow `json:"d,omitzero"`
}

type presenceRow struct {
	Agency    models.AgencyID      `json:"a"`
	Device    models.DeviceID      `json:"d"`
	User      models.UserID        `json:"u"`
	State     models.PresenceState `json:"s"`
	Report    uint64               `json:"r"`
	Heard     int64                `json:"h"`
	Since     int64                `json:"f"`
	Renewed   int64                `json:"n"`
	Confirmed record.Seq           `json:"c"`
	Skips     uint32               `json:"k,omitzero"` // resets that skipped something: there is more to read on the node's shelf
}

// startPresence reads what nodes heard before and begins to write what this one hears, until close.
func startPresence(ctx context.Context, docs store.Documents, node string, c clock.Clock, logger *slog.Logger) (*presence, error) {
	p := &presence{
		docs: docs, node: node, clock: c, logger: logger, ended: make(chan struct{}), rosters: map[models.AgencyID]*roster{},
		steps: stepsDisk{fetch: map[models.DeviceID]string{}},
		disk:  presenceDisk{written: map[string]uint64{}, seen: map[string]uint64{}},
	}
	if err := errors.Join(p.read(ctx, true), p.readSteps(ctx, "", false)); err != nil {
		return nil, fmt.Errorf("read presence: %w", err)
	}
	run, stop := context.WithCancel(context.Background())
	p.stop = stop
	go p.loop(run)
	return p, nil
}

func (p *presence) loop(ctx context.Context) {
	defer close(p.ended)
	cut := false
	for p.clock.Sleep(ctx, presenceEvery) == nil {
		p.expire()
		err := errors.Join(p.write(ctx), p.writeSteps(ctx, 1), p.read(ctx, false))
		if err != nil && !cut && ctx.Err() == nil {
			p.logger.Warn("presence can't be shared", "error", err)
		}
		cut = err != nil
	}
}

// close ends the loop and writes a last time.
func (p *presence) close(ctx context.Context) error {
	p.stop()
	<-p.ended
	return errors.Join(p.write(ctx), p.writeSteps(ctx, shelves))
}

// expire tells of foregrounds whose lease has ended.
func (p *presence) expire() {
	at := p.clock.Now()
	type gone struct {
		agency models.AgencyID
		device models.DeviceID
	}
	var ended []gone
	p.mu.Lock()
	for a, r := range p.rosters {
		for id, d := range r.foreground {
			if state, since := d.now(at); state != models.Foreground {
				d.state, d.since = state, since
				delete(r.foreground, id)
				r.bump(d)
				ended = append(ended, gone{a, id})
			}
		}
	}
	p.dirty = p.dirty || len(ended) > 0
	p.mu.Unlock()
	for _, g := range ended {
		p.tell(g.agency, g.device)
	}
}

// write puts what this node heard into its documents, if there is news or they would look dead.
func (p *presence) write(ctx context.Context) error {
	at := p.clock.Now()
	p.mu.Lock()
	if !p.dirty && at.Sub(p.disk.at) < presenceAlive {
		p.mu.Unlock()
		return nil
	}
	rows := p.ownRows(at)
	p.dirty = false
	p.mu.Unlock()
	p.disk.at = at
	if err := p.writeSkips(ctx); err != nil { // what is told below as confirmed must not be taken for delivered
		p.mu.Lock()
		p.dirty = true
		p.mu.Unlock()
		return err
	}
	for part := 0; part == 0 || len(rows) > 0 || p.disk.written[string(presenceKind)+p.partID(part)] > 0; part++ {
		n := min(len(rows), presencePart)
		if err := p.writePart(ctx, p.partID(part), presenceDoc{At: at.UnixMilli(), Devices: rows[:n]}); err != nil {
			p.mu.Lock()
			p.dirty = true
			p.mu.Unlock()
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (p *presence) partID(part int) string { return fmt.Sprintf("%s/%d", p.node, part) }

func (p *presence) writePart(ctx context.Context, id string, doc presenceDoc) error {
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return p.put(ctx, presenceKind, id, body)
}

// put writes one of the own documents, whatever is there.
func (p *presence) put(ctx context.Context, kind store.Kind, id string, body []byte) error {
	written := string(kind) + id
	version, err := p.docs.PutIf(ctx, store.Document{Kind: kind, ID: id, Version: p.disk.written[written], Body: body})
	if errors.Is(err, store.ErrVersion) { // somebody took it over, or a write's answer was lost
		d, getErr := p.docs.Get(ctx, kind, id)
		if getErr != nil && !errors.Is(getErr, store.ErrNotFound) {
			return getErr
		}
		p.disk.written[written] = d.Version
		version, err = p.docs.PutIf(ctx, store.Document{Kind: kind, ID: id, Version: d.Version, Body: body})
	}
	if err != nil {
		return err
	}
	p.disk.written[written] = version
	return nil
}

// ownRows are the devices that this node heard last. Those long silent are forgotten.
func (p *presence) ownRows(at time.Time) []presenceRow {
	rows := []presenceRow{}
	for a, r := range p.rosters {
		for id, d := range r.devices {
			if at.Sub(d.heard) > presenceKept {
				r.forget(id, d)
				continue
			}
			if d.own {
				rows = append(rows, presenceRow{
					Agency: a, Device: id, User: d.user, State: d.state, Report: d.report, Heard: d.heard.UnixMilli(),
					Since: d.since.UnixMilli(), Renewed: d.renewed.UnixMilli(), Confirmed: d.confirmed, Skips: d.noted,
				})
			}
		}
	}
	return rows
}

// read takes in what other nodes wrote. What was written before this node started is not certain: it may be of a node
// that died.
func (p *presence) read(ctx context.Context, starting bool) error {
	after := ""
	for {
		docs, err := p.docs.List(ctx, presenceKind, "", after, 100)
		if err != nil {
			return err
		}
		for _, d := range docs {
			p.readDoc(ctx, d, starting)
			after = d.ID
		}
		if len(docs) < 100 {
			return nil
		}
	}
}

func (p *presence) readDoc(ctx context.Context, d store.Document, starting bool) {
	own := strings.HasPrefix(d.ID, p.node+"/")
	if own && !starting {
		return
	}
	if own {
		p.disk.written[string(presenceKind)+d.ID] = d.Version
	}
	var doc presenceDoc
	if err := json.Unmarshal(d.Body, &doc); err != nil {
		p.logger.Warn("presence of another node can't be read", "document", d.ID, "error", err)
		return
	}
	dead := p.clock.Now().Sub(time.UnixMilli(doc.At)) > presenceDead
	if d.Version == p.disk.seen[d.ID] && !dead {
		return
	}
	p.disk.seen[d.ID] = d.Version
	p.merge(doc, d.ID[:strings.LastIndex(d.ID, "/")], own || dead, !starting && !dead)
	if !starting {
		p.fetchSkips(ctx)
	}
	if dead && !own {
		p.bury(ctx, d)
	}
}

// bury removes the documents of a node that is gone, after what they say was taken over. One that is not gone but slow
// writes its own anew.
func (p *presence) bury(ctx context.Context, d store.Document) {
	node := d.ID[:strings.LastIndex(d.ID, "/")+1]
	if err := p.readSteps(ctx, node, true); err != nil {
		p.logger.Warn("a node's documents can't be taken over", "document", d.ID, "error", err)
		return
	}
	if err := p.docs.Delete(ctx, presenceKind, d.ID, d.Version); err == nil {
		delete(p.disk.seen, d.ID)
	}
}

// merge takes what is fresher than what is known, from the document of a node. adopt: this node answers for it from now on.
func (p *presence) merge(doc presenceDoc, node string, adopt, certain bool) {
	type news struct {
		agency models.AgencyID
		device models.DeviceID
	}
	var moved []news
	at := p.clock.Now()
	p.mu.Lock()
	for _, row := range doc.Devices {
		r := p.roster(row.Agency)
		d := r.device(row.Device)
		if !d.learns(time.UnixMilli(row.Heard), adopt) {
			continue
		}
		before, _ := d.now(at)
		r.belong(d, row.User)
		d.merge(row)
		if row.Skips > d.noted {
			p.steps.fetch[row.Device] = node
		}
		if d.own || adopt {
			p.steps.dirty[shelfOf(row.Device)] = true
		}
		d.own, d.certain = adopt, certain
		p.dirty = p.dirty || adopt
		delete(r.foreground, row.Device)
		if d.state == models.Foreground {
			r.foreground[row.Device] = d
		}
		if after, _ := d.now(at); after != before {
			r.bump(d)
			moved = append(moved, news{row.Agency, row.Device})
		}
	}
	p.mu.Unlock()
	for _, n := range moved {
		p.tell(n.agency, n.device)
	}
}

// learns reports that a row heard at a time says more than is known, or has to be taken over though it doesn't.
func (d *deviceState) learns(heard time.Time, adopt bool) bool {
	known := d.heard.Truncate(time.Millisecond)
	return heard.After(known) || adopt && !d.own && heard.Equal(known)
}

func (d *deviceState) merge(row presenceRow) {
	d.state, d.report = row.State, row.Report
	d.heard, d.since, d.renewed = time.UnixMilli(row.Heard).UTC(), time.UnixMilli(row.Since).UTC(), time.UnixMilli(row.Renewed).UTC()
	d.step(row.Confirmed, row.Heard)
}
