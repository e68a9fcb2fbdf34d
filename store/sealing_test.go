package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sameday/store"
)

func TestParseKeyForms(t *testing.T) {
	t.Parallel()
	secret := append(bytes.Repeat([]byte{0xfb, 0xff}, 15), 1, 2) // "-_" and "+/" in base64
	want := ""
	for _, text := range []string{
		base64.StdEncoding.EncodeToString(secret), base64.RawStdEncoding.EncodeToString(secret),
		base64.URLEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret),
		hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)), " \t" + hex.EncodeToString(secret) + "\r\n",
	} {
		k, err := store.ParseKey(text)
		if err != nil {
			t.Errorf("parse a key of %d characters: %v", len(text), err)
			continue
		}
		if want == "" {
			want = k.ID()
		}
		if k.ID() != want {
			t.Errorf("id = %s, want %s in every form", k.ID(), want)
		}
	}
	k, text := store.NewKey()
	again, err := store.ParseKey(text)
	if err != nil || again != k {
		t.Errorf("parse a new key: %v, %v; want the same key", again, err)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	for _, text := range []string{
		"", "secret", good[:42], good + "A", good[:43] + "!", "!" + good[1:], good[:20] + "\n" + good[20:43], good[:42] + "==",
		strings.Repeat("g", 64), base64.StdEncoding.EncodeToString(make([]byte, 31)), base64.StdEncoding.EncodeToString(make([]byte, 33)),
		"-" + good[1:20] + "+" + good[21:],
	} {
		_, err := store.ParseKey(text)
		if err == nil {
			t.Errorf("parsed %q", text)
			continue
		}
		if n := fmt.Sprintf("has %d characters", len(strings.TrimSpace(text))); !strings.Contains(err.Error(), n) {
			t.Errorf("error %q does not say %q", err, n)
		}
		if len(text) > 6 && strings.Contains(err.Error(), text[:6]) {
			t.Errorf("error %q repeats the text", err)
		}
	}
}

func TestMasterKeyKeepsQuiet(t *testing.T) {
	t.Parallel()
	k, text := store.NewKey()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(map[string]any{"key": k, "pointer": &k, "inside": struct{ K store.MasterKey }{k}})
	if err != nil {
		t.Fatal(err)
	}
	said := string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o"} {
		said += "\n" + fmt.Sprintf(verb, k) + "\n" + fmt.Sprintf(verb, &k)
	}
	if n := strings.Count(said, "key:"+k.ID()); n != 23 {
		t.Errorf("the id shows %d times in 23, in:\n%s", n, said)
	}
	for _, secret := range []string{text, hex.EncodeToString(raw), fmt.Sprint(raw)[1:20], string(raw)} {
		if strings.Contains(strings.ToLower(said), strings.ToLower(secret)) {
			t.Errorf("the key shows")
		}
	}
	if strings.Contains(hex.EncodeToString(raw), k.ID()) {
		t.Errorf("the id is a part of the key")
	}
}

func seal(t *testing.T, k store.MasterKey, id, text string) store.Sealed {
	t.Helper()
	s, err := k.Seal(id, []byte(text))
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return s
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	k, _ := store.NewKey()
	for _, text := range []string{"", "张三 13812341234", strings.Repeat("x", 100_000)} {
		s := seal(t, k, "person/1", text)
		if got, err := k.Open(s); err != nil || string(got) != text {
			t.Errorf("opened %d bytes, %v; want %d", len(got), err, len(text))
		}
		if text != "" && bytes.Contains(s.Ciphertext, []byte(text)) {
			t.Errorf("the text shows in the ciphertext")
		}
		if s.ID != "person/1" || s.KeyID != k.ID() {
			t.Errorf("sealed as %s under %s, want person/1 under %s", s.ID, s.KeyID, k.ID())
		}
	}
	one, two := seal(t, k, "p", "x"), seal(t, k, "p", "x")
	if bytes.Equal(one.WrappedKey, two.WrappedKey) || bytes.Equal(one.Ciphertext, two.Ciphertext) {
		t.Errorf("sealing twice gave the same bytes")
	}
	if _, err := (store.MasterKey{}).Seal("p", nil); err == nil {
		t.Errorf("the zero key sealed something")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	k, _ := store.NewKey()
	other, _ := store.NewKey()
	a, b := seal(t, k, "a", "text of a"), seal(t, k, "b", "text of b")
	foreign := seal(t, other, "a", "text")
	claimed := foreign
	claimed.KeyID = k.ID()
	erased := a
	erased.WrappedKey = nil
	moved, swapped, key := a, a, a
	moved.ID = "b"
	swapped.Ciphertext = b.Ciphertext
	key.WrappedKey, key.Ciphertext = b.WrappedKey, b.Ciphertext
	layer := a
	layer.Ciphertext = a.WrappedKey
	for name, c := range map[string]struct {
		sealed store.Sealed
		want   error
	}{
		"erased": {erased, store.ErrErased}, "another key": {foreign, store.ErrWrongKey}, "another key that says it is this one": {claimed, store.ErrTampered},
		"under another id": {moved, store.ErrTampered}, "another record's text": {swapped, store.ErrTampered},
		"another record's key and text": {key, store.ErrTampered}, "the key as text": {layer, store.ErrTampered},
	} {
		if got, err := k.Open(c.sealed); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %q, %v; want %v", name, got, err, c.want)
		}
	}
	_, err := k.Open(foreign)
	if !strings.Contains(err.Error(), other.ID()) {
		t.Errorf("error %q does not name the key that is needed, %s", err, other.ID())
	}
	if _, err := (store.MasterKey{}).Open(store.Sealed{WrappedKey: []byte{1}}); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("the zero key: %v, want %v", err, store.ErrWrongKey)
	}
}

func TestOpenFindsEveryChangedByte(t *testing.T) {
	t.Parallel()
	k, _ := store.NewKey()
	s := seal(t, k, "person/1", "张三")
	for name, part := range map[string]*[]byte{"wrapped key": &s.WrappedKey, "ciphertext": &s.Ciphertext} {
		whole := *part
		for i := range whole { // nonce, text and tag alike
			*part = slices.Clone(whole)
			(*part)[i] ^= 0x20
			if _, err := k.Open(s); !errors.Is(err, store.ErrTampered) {
				t.Errorf("byte %d of the %s changed: %v, want %v", i, name, err, store.ErrTampered)
			}
			if *part = whole[:i]; i > 0 {
				if _, err := k.Open(s); !errors.Is(err, store.ErrTampered) {
					t.Errorf("%s cut to %d bytes: %v, want %v", name, i, err, store.ErrTampered)
				}
			}
		}
		*part = whole
	}
	if _, err := k.Open(s); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func FuzzParseKey(f *testing.F) {
	_, text := store.NewKey()
	for _, seed := range []string{"", text, text[:43], strings.Repeat("0f", 32), " \n" + text, strings.Repeat("=", 44), strings.Repeat("密", 15)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := store.ParseKey(text)
		if err != nil {
			if k.ID() != "" {
				t.Errorf("a key beside the error %v", err)
			}
			return
		}
		if len(k.ID()) != 12 {
			t.Errorf("id %q has %d characters, want 12", k.ID(), len(k.ID()))
		}
		if s, err := k.Seal("p", []byte("x")); err != nil {
			t.Errorf("seal: %v", err)
		} else if got, err := k.Open(s); err != nil || string(got) != "x" {
			t.Errorf("open: %q, %v", got, err)
		}
	})
}
