package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrErased says that a sealed record's key has been destroyed: nobody can read it any more, and nothing may be stored under its id again.
var ErrErased = errors.New("the record has been erased")

// ErrWrongKey says that a sealed record needs another master key than the ones at hand. The error that wraps it names the id of the needed one.
var ErrWrongKey = errors.New("another master key is needed")

// ErrTampered says that a sealed record does not open under the right master key: its bytes were changed, or they belong to another record.
var ErrTampered = errors.New("the sealed record has been changed")

const (
	keySize = 32
	// The labels keep the layers apart: bytes made for one never open as the other. They are part of the stored form.
	labelKeyID  = "sameday master key id v1\x00"
	labelKey    = "sameday sealed key v1\x00"
	labelRecord = "sameday sealed record v1\x00"
)

// MasterKey wraps the data keys of sealed records. It never prints itself: every formatting verb and every encoder gets
// "key:" and its [MasterKey.ID]. The zero value seals and opens nothing. It is safe for concurrent use.
type MasterKey struct {
	secret [keySize]byte
	id     string
}

// NewKey makes a random master key and the text that [ParseKey] reads (standard base64). Whoever loses the text loses every record sealed under it.
func NewKey() (MasterKey, string) {
	var secret [keySize]byte
	_, _ = rand.Read(secret[:]) // crypto/rand ends the process rather than fail
	return masterKey(secret), base64.StdEncoding.EncodeToString(secret[:])
}

// ParseKey reads a master key: 32 bytes as base64 (standard or URL alphabet, with or without the final "=") or as hexadecimal digits,
// with white space around it. The error says what is allowed and how long the text was, and never repeats the text.
func ParseKey(text string) (MasterKey, error) {
	text = strings.TrimSpace(text)
	if b, ok := decodeKey(text); ok {
		return masterKey([keySize]byte(b)), nil
	}
	return MasterKey{}, fmt.Errorf("read master key: 32 bytes are needed, as base64 (44 characters, or 43 without the final =) "+
		"or as 64 hexadecimal digits; this text has %d characters", len(text))
}

func decodeKey(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") { // the base64 decoder would skip them
		return nil, false
	}
	var b []byte
	var err error
	switch len(text) {
	case hex.EncodedLen(keySize):
		b, err = hex.DecodeString(text)
	case base64.StdEncoding.EncodedLen(keySize), base64.RawStdEncoding.EncodedLen(keySize):
		alphabet := base64.RawStdEncoding
		if strings.ContainsAny(text, "-_") {
			alphabet = base64.RawURLEncoding
		}
		b, err = alphabet.Strict().DecodeString(strings.TrimSuffix(text, "="))
	default:
		return nil, false
	}
	return b, err == nil && len(b) == keySize
}

func masterKey(secret [keySize]byte) MasterKey {
	h := sha256.New()
	h.Write([]byte(labelKeyID))
	h.Write(secret[:])
	return MasterKey{secret: secret, id: hex.EncodeToString(h.Sum(nil)[:6])}
}

// ID names the key without telling it: 12 hexadecimal digits, safe to store and to show. The zero key's is empty.
func (k MasterKey) ID() string { return k.id }

// String returns "key:" and the id.
func (k MasterKey) String() string { return "key:" + k.id }

// GoString returns what String does, so that %#v does not tell the key.
func (k MasterKey) GoString() string { return k.String() }

// Format writes what String does for every verb, so that %d and %x do not tell the key.
func (k MasterKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// MarshalText returns what String does, so that JSON and log encoders do not tell the key.
func (k MasterKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Seal encrypts plaintext under a data key of its own, made here, and wraps that key. recordID is bound to both layers: a ciphertext
// or a wrapped key moved to another record does not open.
func (k MasterKey) Seal(recordID string, plaintext []byte) (Sealed, error) {
	if k.id == "" {
		return Sealed{}, fmt.Errorf("seal record %s: no master key", recordID)
	}
	var dataKey [keySize]byte
	_, _ = rand.Read(dataKey[:])
	wrapped, err := encrypt(k.secret, dataKey[:], labelKey+recordID)
	if err != nil {
		return Sealed{}, fmt.Errorf("wrap data key of record %s: %w", recordID, err)
	}
	ciphertext, err := encrypt(dataKey, plaintext, labelRecord+recordID)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal record %s: %w", recordID, err)
	}
	return Sealed{ID: recordID, KeyID: k.id, WrappedKey: wrapped, Ciphertext: ciphertext}, nil
}

// Open decrypts a sealed record. Its errors wrap [ErrErased], [ErrWrongKey] or [ErrTampered].
func (k MasterKey) Open(s Sealed) ([]byte, error) {
	if len(s.WrappedKey) == 0 {
		return nil, fmt.Errorf("open record %s: %w", s.ID, ErrErased)
	}
	if s.KeyID != k.id || k.id == "" {
		return nil, fmt.Errorf("open record %s: it needs master key %s, not %s: %w", s.ID, s.KeyID, k.id, ErrWrongKey)
	}
	dataKey, err := decrypt(k.secret, s.WrappedKey, labelKey+s.ID)
	if err != nil || len(dataKey) != keySize {
		return nil, fmt.Errorf("unwrap data key of record %s: %w", s.ID, ErrTampered)
	}
	plaintext, err := decrypt([keySize]byte(dataKey), s.Ciphertext, labelRecord+s.ID)
	if err != nil {
		return nil, fmt.Errorf("open record %s: %w", s.ID, ErrTampered)
	}
	return plaintext, nil
}

func encrypt(key [keySize]byte, plaintext []byte, bound string) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, plaintext, []byte(bound)), nil
}

func decrypt(key [keySize]byte, ciphertext []byte, bound string) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, nil, ciphertext, []byte(bound))
}

func newAEAD(key [keySize]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
