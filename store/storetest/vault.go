package storetest

import (
	"fmt"
	"testing"

	"sameday/store"
)

func vaultTests() map[string]func(*testing.T, *fixture) {
	return map[string]func(*testing.T, *fixture){
		"vault/seal and destroy": testVault,
		"vault/ids":              testSealedIDs,
	}
}

func testVault(t *testing.T, f *fixture) {
	ctx := t.Context()
	master, _ := store.NewKey()
	sealed := must(master.Seal("person/1", []byte("张三")))
	f.append(t, store.Commit{At: start(), Sealed: []store.Sealed{sealed}})
	same(t, "sealed", must(f.s.Sealed(ctx, "person/1")), sealed)
	corrected := must(master.Seal("person/1", []byte("张三丰")))
	f.append(t, store.Commit{At: start(), Sealed: []store.Sealed{corrected}})
	if text := must(master.Open(must(f.s.Sealed(ctx, "person/1")))); string(text) != "张三丰" {
		t.Errorf("opened %q, want the corrected text", text)
	}
	_, err := f.s.Sealed(ctx, "person/2")
	wantError(t, "missing record", err, store.ErrNotFound)
	wantError(t, "destroy a missing record", f.s.Destroy(ctx, "person/2"), store.ErrNotFound)
	for range 2 {
		if err := f.s.Destroy(ctx, "person/1"); err != nil {
			t.Fatalf("destroy: %v", err)
		}
	}
	f.reopen(t)
	got := must(f.s.Sealed(ctx, "person/1"))
	if got.ID != "person/1" || len(got.WrappedKey) != 0 || len(got.Ciphertext) != 0 {
		t.Errorf("erased record still holds a key of %d bytes and a text of %d", len(got.WrappedKey), len(got.Ciphertext))
	}
	_, err = master.Open(got)
	wantError(t, "open an erased record", err, store.ErrErased)
	_, err = f.s.Append(ctx, store.Commit{At: start(), Sealed: []store.Sealed{sealed}})
	wantError(t, "seal an erased record again", err, store.ErrErased)
	same(t, "ids", must(f.s.SealedIDs(ctx, "", 10)), []string{"person/1"})
}

func testSealedIDs(t *testing.T, f *fixture) {
	var c store.Commit
	var all []string
	for i := range 1_200 {
		id := fmt.Sprintf("p%04d", i)
		all = append(all, id)
		c.Sealed = append(c.Sealed, store.Sealed{ID: id, KeyID: "k", WrappedKey: []byte{1}, Ciphertext: []byte{2}})
	}
	f.append(t, c)
	same(t, "all", must(f.s.SealedIDs(t.Context(), "", 2_000)), all)
	same(t, "page", must(f.s.SealedIDs(t.Context(), "p0009", 2)), []string{"p0010", "p0011"})
	same(t, "end", must(f.s.SealedIDs(t.Context(), "p1199", 2)), []string(nil))
}
