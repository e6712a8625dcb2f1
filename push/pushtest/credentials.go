package pushtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"time"

	"github.com/go-json-experiment/json"
)

// Identifiers in the shape of Apple's and Google's.
const (
	keyID   = "TESTKEY001"
	teamID  = "TESTTEAM01"
	account = "push@officer-test.iam.gserviceaccount.com"

	certLife = 30 * 24 * time.Hour // longer than any rehearsal
)

type credentials struct {
	ca     []byte
	leaf   tls.Certificate
	p8     []byte
	apple  *ecdsa.PublicKey
	google *rsa.PrivateKey

	vapid       []byte
	vapidPublic string
}

func newCredentials(host string) (credentials, error) {
	var c credentials
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	c.apple = &key.PublicKey
	if c.p8, err = pkcs8(key); err != nil {
		return c, err
	}
	if c.google, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return c, err
	}
	if err := c.identify(); err != nil {
		return c, err
	}
	c.ca, c.leaf, err = certificates(host)
	return c, err
}

// identify makes the server's VAPID key.
func (c *credentials) identify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	point, err := key.PublicKey.ECDH()
	if err != nil {
		return err
	}
	c.vapidPublic = base64.RawURLEncoding.EncodeToString(point.Bytes())
	c.vapid, err = pkcs8(key)
	return err
}

func pkcs8(key any) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// certificates makes a certificate authority and a certificate of it for host.
func certificates(host string) (ca []byte, leaf tls.Certificate, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, leaf, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, leaf, err
	}
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pushtest"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certLife),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, root, root, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, leaf, err
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		IPAddresses: []net.IP{net.ParseIP(host)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, server, root, &key.PublicKey, caKey)
	if err != nil {
		return nil, leaf, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// serviceAccount is Google's key file.
func (c credentials) serviceAccount(project, tokenURI string) ([]byte, error) {
	key, err := pkcs8(c.google)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Type         string `json:"type"`
		ProjectID    string `json:"project_id"`
		PrivateKeyID string `json:"private_key_id"`
		PrivateKey   string `json:"private_key"`
		ClientEmail  string `json:"client_email"`
		TokenURI     string `json:"token_uri"`
	}{"service_account", project, "test-key", string(key), account, tokenURI})
}

// Roots is the pool that trusts the services.
func (c Config) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.CA)
	return pool
}
