package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"officermobile/push"
)

// Sizes of RFC 8188 and RFC 8291.
const (
	saltBytes   = 16
	recordBytes = 4096 // rs: what every push service takes as a body
	pointBytes  = 65   // an uncompressed point on P-256
	headerBytes = saltBytes + 4 + 1 + pointBytes
)

// padTo are the sizes that a plaintext is padded to, so that its length says nothing of what it holds.
var padTo = [...]int{256, 512, 1024, 2048, recordBytes - headerBytes - 16 - 1}

// Encrypt makes the body of a push for a browser's eyes (RFC 8291, content coding aes128gcm). random makes the salt and
// the key pair of this one message.
func Encrypt(plain []byte, keys push.WebKeys, random io.Reader) ([]byte, error) {
	theirs, secret, err := keys.Parse()
	if err != nil {
		return nil, err
	}
	private, err := newKey(random)
	if err != nil {
		return nil, fmt.Errorf("make a message's key: %w", err)
	}
	shared, err := private.ECDH(theirs)
	if err != nil {
		return nil, fmt.Errorf("agree on a message's key: %w", err)
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("make a salt: %w", err)
	}
	ours := private.PublicKey().Bytes()
	key, nonce, err := derive(shared, secret, salt, theirs.Bytes(), ours)
	if err != nil {
		return nil, err
	}
	sealer, err := gcm(key)
	if err != nil {
		return nil, err
	}
	body := binary.BigEndian.AppendUint32(salt, recordBytes)
	body = append(append(body, pointBytes), ours...)
	return sealer.Seal(body, nonce, padded(plain), nil), nil
}

// Decrypt is the browser's side of Encrypt, for tests and the push services that are played on loopback.
func Decrypt(body []byte, private *ecdh.PrivateKey, secret []byte) ([]byte, error) {
	if len(body) < headerBytes || body[saltBytes+4] != pointBytes {
		return nil, errors.New("the body has no header of aes128gcm")
	}
	salt, ours := body[:saltBytes], body[saltBytes+5:headerBytes]
	sender, err := ecdh.P256().NewPublicKey(ours)
	if err != nil {
		return nil, errors.New("the body's key is no point on P-256")
	}
	shared, err := private.ECDH(sender)
	if err != nil {
		return nil, err
	}
	key, nonce, err := derive(shared, secret, salt, private.PublicKey().Bytes(), ours)
	if err != nil {
		return nil, err
	}
	opener, err := gcm(key)
	if err != nil {
		return nil, err
	}
	plain, err := opener.Open(nil, nonce, body[headerBytes:], nil)
	if err != nil {
		return nil, errors.New("the body doesn't open")
	}
	return unpadded(plain)
}

// newKey is a key pair of the given randomness: a scalar out of range is drawn anew.
func newKey(random io.Reader) (*ecdh.PrivateKey, error) {
	scalar := make([]byte, 32)
	for {
		if _, err := io.ReadFull(random, scalar); err != nil {
			return nil, err
		}
		if key, err := ecdh.P256().NewPrivateKey(scalar); err == nil {
			return key, nil
		}
	}
}

// derive is RFC 8291, section 3.4: from the shared secret to the content key and nonce.
func derive(shared, secret, salt, theirs, ours []byte) (key, nonce []byte, err error) {
	info := append(append([]byte("WebPush: info\x00"), theirs...), ours...)
	input, err := hkdf.Key(sha256.New, shared, secret, string(info), 32)
	if err != nil {
		return nil, nil, err
	}
	key, err = hkdf.Key(sha256.New, input, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, nil, err
	}
	nonce, err = hkdf.Key(sha256.New, input, salt, "Content-Encoding: nonce\x00", 12)
	return key, nonce, err
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// padded is the only record: content, the delimiter of a last one, zeros.
func padded(plain []byte) []byte {
	size := padTo[len(padTo)-1]
	for _, s := range padTo {
		if len(plain) <= s {
			size = s
			break
		}
	}
	record := make([]byte, max(size, len(plain))+1)
	copy(record, plain)
	record[len(plain)] = 2
	return record
}

func unpadded(record []byte) ([]byte, error) {
	for i := len(record) - 1; i >= 0; i-- {
		if record[i] == 2 {
			return record[:i], nil
		}
		if record[i] != 0 {
			break
		}
	}
	return nil, errors.New("the record has no delimiter")
}
