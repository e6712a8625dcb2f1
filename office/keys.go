package office

import (
	"context"
	"fmt"
	"io"

	"officermobile/config"
)

// KeysCmd is about the keys that access tokens are signed with.
type KeysCmd struct {
	Replace keysReplaceCmd `cmd:"" help:"Make the keys that access tokens are signed with void at once, because somebody else may have them."`
}

// keysReplaceCmd is the emergency rotation. Keys change by themselves otherwise.
type keysReplaceCmd struct{ config.Flags }

func (c *keysReplaceCmd) Run(ctx context.Context, out io.Writer) error {
	return with(ctx, c.Flags, func(o *Office) error {
		if err := o.Auth.ReplaceKeys(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, "The keys are new. Every access token is void and every stream ends; phones renew their sessions and go on.")
		return err
	})
}
