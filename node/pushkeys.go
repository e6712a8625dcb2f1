package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"officermobile/config"
	"officermobile/push"
)

// pushKeyFile is where the embedded store's folder has the key of push addresses, unless the settings give one. It lies
// beside the database and not in it: a copy of the database alone rings nobody.
const pushKeyFile = "push.key"

var errNoPushKey = errors.New("push.address_key must be given: nodes on one MongoDB share it, and it must not lie in there")

// pushKeys are the keys that addresses are sealed with. Without any setting the embedded store gets a file of its own;
// on MongoDB, where nobody can be rung either, the zero Keys do until the process ends.
func pushKeys(cfg config.Config) (push.Keys, error) {
	text := cfg.Push.AddressKey.Reveal()
	switch {
	case text != "":
	case !cfg.Store.IsMongo():
		var err error
		if text, err = OwnPushKey(filepath.Join(cfg.Store.Address.Reveal(), pushKeyFile)); err != nil {
			return push.Keys{}, err
		}
	case cfg.Push.APNs.Enabled() || cfg.Push.FCM.Enabled() || cfg.Push.Web.Enabled():
		return push.Keys{}, errNoPushKey
	default:
		return push.Keys{}, nil
	}
	keys, err := push.ParseKeys(text)
	if err != nil {
		return push.Keys{}, fmt.Errorf("push.address_key: %w", err)
	}
	return keys, nil
}

// OwnPushKey reads the key of a file, at the very first start after making it. The store's lock on the folder is held.
func OwnPushKey(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(raw), err
	}
	key := push.DrawKey()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("keep the key of push addresses: %w", err)
	}
	_, err = f.WriteString(key + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("keep the key of push addresses: %w", errors.Join(err, os.Remove(path)))
	}
	return key, nil
}
