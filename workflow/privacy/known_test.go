package privacy_test

import (
	"testing"

	"sameday/workflow/privacy"
)

func TestHideKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, name, phone, id, want string }{
		{"张建华来电称张建华未收到款", "张建华", "", "", "张**来电称张**未收到款"},
		{"Li called the Line about li's card", "Li", "", "", "L*** called the Line about L***'s card"},
		{"座机 021-63212345 无人接", "", "021-63212345", "", "座机 021-******45 无人接"},
		{"王先生", "王", "", "", "王先生"},
		{"nothing known", "", "", "", "nothing known"},
		{"(a+b)* stays text", "(a+b)*", "", "", "(a+b)* stays text"},
	} {
		if got := privacy.HideKnown(c.text, c.name, c.phone, c.id); got != c.want {
			t.Errorf("HideKnown(%q, %q, %q, %q) = %q, want %q", c.text, c.name, c.phone, c.id, got, c.want)
		}
	}
}
