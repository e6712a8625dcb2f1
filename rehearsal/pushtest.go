package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"officermobile/cli"
	"officermobile/push"
	"officermobile/push/pushtest"
)

// PushtestCmd runs the simulated push services as a process of their own.
type PushtestCmd struct {
	Folder      string `type:"path" help:"Where push.yaml, the keys and the certificate authority go; a temporary folder if not given."`
	APNsPort    int    `name:"apns-port" help:"0 for any that is free, as the next two."`
	FCMPort     int    `name:"fcm-port"`
	WebPort     int    `name:"web-port"`
	ControlPort int    `default:"8089" help:"Of the journal, faults, outages and phones; 0 for any that is free."`
	Sandbox     bool   `help:"Play Apple's sandbox."`
	Topic       string `default:"org.example.officer" help:"Bundle id of the app."`
	Strict      bool   `help:"Refuse an address that was not made known to the control address."`
	Seed        uint64 `help:"Repeats chance and ids of a run with the same seed; 0 for another each time."`
}

// Run serves until it is told to stop. Nothing reaches the network.
func (c *PushtestCmd) Run(ctx context.Context, out io.Writer) error {
	o := pushtest.Options{
		APNsPort: c.APNsPort, FCMPort: c.FCMPort, WebPort: c.WebPort, ControlPort: c.ControlPort, Topic: c.Topic, Open: !c.Strict, Seed: c.Seed,
	}
	if c.Sandbox {
		o.Environment = push.Sandbox
	}
	services, err := pushtest.Start(o)
	if errors.Is(err, syscall.EADDRINUSE) {
		return errors.New("a port is taken by another program; choose others, or 0")
	}
	if err != nil {
		return err
	}
	defer services.Close()
	folder, remove, err := workFolder(c.Folder) // whose keys are worth nothing afterwards
	if err != nil {
		return err
	}
	defer remove()
	settings, err := writePushSettings(folder, services.Config())
	if err != nil {
		return fmt.Errorf("write the credentials: %w", err)
	}
	if err := tellServices(out, services.Config(), settings); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// tellServices prints where the services are and how to use them.
func tellServices(out io.Writer, c pushtest.Config, settings string) error {
	t := cli.NewTable("service", "address")
	t.Row("APNs", c.APNs.URL)
	t.Row("FCM", c.FCM.URL)
	t.Row("browsers", c.Web.URL)
	t.Row("control", c.Control)
	if _, err := t.WriteTo(out); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nKeys and the certificate authority are beside the settings. To ring these phones and to watch them:\n\n"+
		"    officermobile serve --config %s\n    officermobile inbox --at %s\n", settings, c.Control)
	return err
}

// writePushSettings writes what a server needs to ring the services: credentials, and a settings file that names them.
func writePushSettings(folder string, c pushtest.Config) (path string, err error) {
	for name, content := range map[string][]byte{
		"ca.pem": c.CA, "apns.p8": c.APNs.Key, "fcm.json": c.FCM.ServiceAccount, "vapid.pem": c.Web.Key,
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	apple, urlErr := url.Parse(c.APNs.URL)
	if err = errors.Join(err, urlErr); err != nil {
		return "", err
	}
	file := func(name string) string { return filepath.Join(folder, name) }
	yaml := fmt.Sprintf(`# Simulated push services: for tests only. With the process that wrote this they are gone.
push:
  apns:
    key_file: %q
    key_id: %q
    team_id: %q
    topic: %q
    environment: %q
    test_host: %q
    test_ca_file: %q
  fcm:
    service_account_file: %q
    test_endpoint: %q
    test_ca_file: %q
  web:
    key_file: %q
    subject: %q
    test_endpoint: %q
    test_ca_file: %q
`,
		file("apns.p8"), c.APNs.KeyID, c.APNs.TeamID, c.APNs.Topic, c.APNs.Environment, apple.Host, file("ca.pem"),
		file("fcm.json"), c.FCM.URL, file("ca.pem"), file("vapid.pem"), c.Web.Subject, c.Web.URL, file("ca.pem"))
	path = file("push.yaml")
	return path, os.WriteFile(path, []byte(yaml), 0o600)
}
