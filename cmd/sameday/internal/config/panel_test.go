package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sameday/cmd/sameday/internal/config"
	"sameday/workflow"
	"sameday/workflow/org"
)

// The example's panel: an address is looked up, and who has no name in the file is called as Slack does.
func TestPanel(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "..", "..", "config.example.yaml")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(file, raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Panel(
		func(string) (org.PersonID, error) { return "U0MA", nil },
		func(p org.PersonID) string { return "Slack's " + string(p) },
	)
	if err != nil {
		t.Fatal(err)
	}
	want := workflow.Panel{Patience: workflow.Span(2 * time.Hour), Members: []workflow.Expert{
		{Person: "U0MA", Name: "马律师", Kind: workflow.KindLawyer, Field: "银行卡与征信"},
		{Person: "U0EXPERT01", Name: "Slack's U0EXPERT01", Kind: workflow.KindExpert, Field: "理财销售"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the panel differs (-want +got):\n%s", diff)
	}
	if _, err := c.Panel(func(string) (org.PersonID, error) { return "", config.ErrUnknown }, nil); err == nil {
		t.Error("an address that nobody has goes through")
	}
}
