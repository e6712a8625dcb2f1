package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"officermobile/cli"
	"officermobile/config"
	"officermobile/models/proof"
	"officermobile/models/record"
	"officermobile/store"
)

// VerifyCmd proves the record: every batch hangs on the one before, every payload is what its digest says, and the
// events fold into a state.
type VerifyCmd struct{ config.Flags }

// verifyPage is how many batches are read at a time: a few megabytes at the most.
const verifyPage = 200

// Run checks each log of the store.
func (c *VerifyCmd) Run(ctx context.Context, out io.Writer) error {
	cfg, err := c.Load(os.Stderr)
	if err != nil {
		return err
	}
	st, err := openStorage(ctx, cfg.Store, cfg.Log.Logger(os.Stderr))
	if err != nil {
		return err
	}
	return errors.Join(verifyAll(ctx, st, out), st.Close())
}

func verifyAll(ctx context.Context, st store.Log, out io.Writer) error {
	logs, err := st.Logs(ctx, "")
	if err != nil {
		return err
	}
	t := cli.NewTable("log", "batches", "events", "redacted", "head", "state")
	for _, name := range logs {
		r, err := verifyLog(ctx, st, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		t.Row(string(name), fmt.Sprint(r.Batches), fmt.Sprint(r.Events), fmt.Sprint(r.Redacted), short(r.Chain.Hash), short(r.Digest))
	}
	_, err = t.WriteTo(out)
	return err
}

func short(h record.Hash) string { return fmt.Sprintf("%x", h[:8]) }

// verifyLog walks one log from its first batch to its tip.
func verifyLog(ctx context.Context, st store.Log, name store.Name) (proof.Report, error) {
	r, _, err := proof.Walk(func(after record.Seq) ([]record.Batch, error) { return st.Read(ctx, name, after, verifyPage) }, nil)
	if err != nil {
		return r, err
	}
	tip, err := st.Tip(ctx, name)
	if err != nil {
		return r, err
	}
	if tip.Seq != r.Chain.Seq || tip.Hash != r.Chain.Hash {
		return r, fmt.Errorf("the batches end at position %d, the log's tip is at %d", r.Chain.Seq, tip.Seq)
	}
	return r, nil
}
