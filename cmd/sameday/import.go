package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/intake"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
)

type importing struct {
	place
	file, mapPath, format string
}

func (a *app) importCommand() *cobra.Command {
	var im importing
	c := &cobra.Command{
		Use:   "import FILE --config FILE [--map FILE] [--format csv|xlsx|jsonl]",
		Short: "open complaints from a file of work orders",
		Long: `import opens a complaint for each row of a CSV, XLSX or JSON-lines file. The columns are

  work_order, sender, received_at, unit, source, customer_name, customer_phone, customer_id, business, amount, summary, remedy
  工单编号, 来文单位, 收到时间, 机构, 来源, 客户姓名, 联系电话, 证件号, 业务, 金额, 摘要, 诉求

in any order; only unit and summary are required. Other files are read through a column map (--map). A work order that was imported
before is left alone, so a file can be imported again. Bad rows are listed by line, good ones go in; then the exit code is 1. It also
works while "sameday run" is at work. FILE may be - for standard input.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			im.file = args[0]
			return a.importFile(c.Context(), &im)
		},
	}
	im.flags(c, false)
	c.Flags().StringVar(&im.mapPath, "map", "", "column map")
	c.Flags().StringVar(&im.format, "format", "", "csv, xlsx or jsonl; told by the file's name when left out")
	return c
}

func (a *app) importFile(ctx context.Context, im *importing) error {
	if err := im.load(); err != nil {
		return err
	}
	format, err := im.formatOf()
	if err != nil {
		return asUsage(err)
	}
	in, done, err := a.open(im.file)
	if err != nil {
		return asUsage(err)
	}
	defer done()
	var mapText []byte
	var m *intake.Map
	if im.mapPath != "" {
		if mapText, err = os.ReadFile(im.mapPath); err != nil {
			return asUsage(fmt.Errorf("read the column map: %w", err))
		}
		if m, err = intake.ParseMap(im.mapPath, mapText); err != nil {
			return err
		}
	}
	s, err := ledger.Open(ctx, im.data)
	var l *store.LockedError
	if errors.As(err, &l) {
		client, err := im.holder(ctx, err)
		if err != nil {
			return err
		}
		report, err := client.Import(ctx, in, format, im.mapPath, mapText)
		return a.imported(report, err)
	}
	if err != nil {
		return err
	}
	report, err := a.importHere(ctx, s, im.config, in, format, m)
	return a.imported(report, errors.Join(err, s.Close()))
}

func (im *importing) formatOf() (intake.Format, error) {
	switch {
	case im.format == "" && im.file == "-":
		return "", errors.New("--format is needed for standard input")
	case im.format == "":
		return intake.FormatOf(im.file)
	}
	for _, f := range intake.Formats() {
		if strings.EqualFold(im.format, string(f)) {
			return f, nil
		}
	}
	return "", fmt.Errorf("unknown --format %q: use one of %v", im.format, intake.Formats())
}

func (a *app) open(path string) (io.Reader, func(), error) {
	if path == "-" {
		return a.In, func() {}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil // it was only read
}

func (a *app) importHere(ctx context.Context, s store.Store, c *config.Config, in io.Reader, f intake.Format, m *intake.Map) (intake.Report, error) {
	key, err := config.Key(a.Getenv)
	if err != nil {
		return intake.Report{}, asUsage(err)
	}
	rules, err := offlineRules(c)
	if err != nil {
		return intake.Report{}, err
	}
	rows, err := intake.Read(in, f, m)
	if err != nil {
		return intake.Report{}, asUsage(err)
	}
	desk := store.NewDesk(s, rules, key)
	if err := desk.AdoptPolicy(ctx, a.Now()); err != nil {
		return intake.Report{}, errors.Join(err, rows.Close())
	}
	report, err := intake.Import(ctx, desk, rows, intake.Options{Now: a.Now})
	return report, errors.Join(err, rows.Close())
}

// imported tells what an import did.
func (a *app) imported(r intake.Report, err error) error {
	if err != nil && r.Opened+r.Known+len(r.Bad) == 0 {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "opened %d, known already %d, bad %d\n", r.Opened, r.Known, len(r.Bad))
	if r.Unnumbered > 0 {
		fmt.Fprintf(&b, "%d have no work-order number: importing them again opens them again\n", r.Unnumbered)
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(&b, "columns not used: %s\n", strings.Join(r.Ignored, ", "))
	}
	for _, bad := range r.Bad {
		fmt.Fprintf(&b, "line %d: %s\n", bad.Line, bad.Reason)
	}
	a.printf("%s", b.String())
	if err == nil && len(r.Bad) > 0 {
		return errSaid
	}
	return err
}
