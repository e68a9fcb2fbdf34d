package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sameday/cmd/sameday/internal/checkup"
	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/directory"
	"sameday/cmd/sameday/internal/intake"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/duty"
	"sameday/workflow/org"
)

type importing struct {
	place
	file, mapPath, format string
	roster, by            string
}

func (a *app) importCommand() *cobra.Command {
	var im importing
	c := &cobra.Command{
		Use:   "import (FILE [--map FILE] | --roster FILE --by PERSON) --config FILE [--format csv|xlsx|jsonl]",
		Short: "open complaints from a file of work orders, or publish rosters from a file",
		Long: `import opens a complaint for each row of a CSV, XLSX or JSON-lines file. The columns are

  work_order, sender, received_at, unit, source, customer_name, customer_phone, customer_id, business, amount, summary, remedy
  工单编号, 来文单位, 收到时间, 机构, 来源, 客户姓名, 联系电话, 证件号, 业务, 金额, 摘要, 诉求

in any order; only unit and summary are required. Other files are read through a column map (--map). A work order that was imported
before is left alone, so a file can be imported again.

With --roster it publishes the shifts of a CSV or XLSX file, a row for each shift or day, in the name of --by, who must be allowed to
set these rosters (a unit's complaint manager and leaders, consumer protection above it). The columns are

  unit, date, from, to, handover, primary, deputy, leader, role, person, holiday, note
  机构, 日期, 开始, 结束, 交接时间, 主班, 副班, 带班领导, 角色, 姓名, 节假日, 备注

Required are unit; date, or from and to; and somebody: primary, deputy or leader, or role and person. People are given by Slack id,
e-mail or full name. A date runs from the handover (08:30) to the next day's; from and to may be times on the date, days (both are days
of duty) or days with times. A holiday, or a note that names one, fixes the row's shifts: they beat overrides and swaps. Rotations stay;
single shifts are replaced from the file's first to its last, for each unit and role. A file can be imported again and changes nothing.
Its people are looked up in Slack, by SLACK_BOT_TOKEN and SLACK_APP_TOKEN; without them it takes ids alone.

Bad rows are listed by line, good ones go in; then the exit code is 1. It also works while "sameday run" is at work. FILE may be - for
standard input.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 1) == (im.roster != "") {
				return usage("name one file: of work orders, or of rosters after --roster")
			}
			if im.roster != "" {
				im.file = im.roster
				return a.importRoster(c.Context(), &im)
			}
			if im.by != "" {
				return usage("--by goes with --roster")
			}
			im.file = args[0]
			return a.importFile(c.Context(), &im)
		},
	}
	im.flags(c, false)
	c.Flags().StringVar(&im.mapPath, "map", "", "column map")
	c.Flags().StringVar(&im.format, "format", "", "csv, xlsx or jsonl; told by the file's name when left out")
	c.Flags().StringVar(&im.roster, "roster", "", "file of shifts, instead of work orders")
	c.Flags().StringVar(&im.by, "by", "", "who publishes the rosters: Slack id, e-mail or full name")
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

// importRoster publishes a file of rosters. It is read and looked up here, so that the running process needs to know no file.
func (a *app) importRoster(ctx context.Context, im *importing) error {
	switch {
	case im.by == "":
		return usage("--by PERSON is needed: the ledger keeps who published a roster")
	case im.mapPath != "":
		return usage("--map is for work orders: a roster has columns of its own")
	}
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
	tree, people, err := a.people(ctx, im.config)
	if err != nil {
		return err
	}
	by, err := people.Find(im.by)
	if err != nil {
		return asUsage(fmt.Errorf("--by: %w", err))
	}
	roster, err := intake.ReadRoster(in, format, intake.RosterOptions{Tree: tree, People: people, Now: a.Now()})
	if err != nil {
		return asUsage(err)
	}
	s, err := ledger.Open(ctx, im.data)
	var l *store.LockedError
	if errors.As(err, &l) {
		client, err := im.holder(ctx, err)
		if err != nil {
			return err
		}
		report, err := client.PublishRoster(ctx, roster, by)
		return a.published(report, tree, err)
	}
	if err != nil {
		return err
	}
	rules := &workflow.Rules{Tree: tree, Policy: im.config.Policy, Codes: im.config.Codes}
	// Nothing is sealed or opened here, so no key is needed.
	report, err := roster.Publish(ctx, store.NewDesk(s, func() *workflow.Rules { return rules }, store.MasterKey{}), by, a.Now)
	return a.published(report, tree, errors.Join(err, s.Close()))
}

// people looks up the bank's people in Slack. Without tokens it knows their ids alone, which is enough where the configuration has ids.
func (a *app) people(ctx context.Context, c *config.Config) (*org.Tree, *intake.People, error) {
	bot, app, err := config.Tokens(a.Getenv)
	if err != nil {
		if needsLookUp(c) {
			return nil, nil, asUsage(fmt.Errorf("%s names people by e-mail, which are looked up in Slack: %w", c.Path, err))
		}
		tree, err := c.OfflineTree()
		if err != nil {
			return nil, nil, err
		}
		return tree, intake.NewPeople(tree, nil, nil), nil
	}
	address, err := c.SlackURL(a.Getenv)
	if err != nil {
		return nil, nil, asUsage(err)
	}
	d, err := directory.Load(ctx, checkup.Client(nil, address, bot, app))
	if err != nil {
		return nil, nil, fmt.Errorf("read the workspace (sameday check says more): %w", err)
	}
	tree, err := c.Tree(d.FindPerson, d.FindChannel)
	if err != nil {
		return nil, nil, asUsage(err)
	}
	account := func(id org.PersonID) (intake.Account, bool) {
		p, known := d.Person(id)
		out := intake.Account{Name: p.Name}
		if p.Deleted {
			out.Standing = duty.Closed
		}
		return out, known && !p.Bot
	}
	return tree, intake.NewPeople(tree, account, d.FindPerson), nil
}

// needsLookUp reports whether the configuration names anybody by e-mail.
func needsLookUp(c *config.Config) bool {
	for _, u := range c.Units {
		for _, people := range u.Positions {
			if slices.ContainsFunc(people, config.Person.IsEmail) {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.Experts, func(e config.Expert) bool { return e.Person.IsEmail() })
}

// holesShown is how many holes are listed; a file with more has another trouble.
const holesShown = 100

// published tells what the import of a file of rosters did.
func (a *app) published(r intake.RosterReport, tree *org.Tree, err error) error {
	if err != nil && len(r.Units)+r.Same == 0 {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "published the rosters of %d units, %d were so already, refused %d; shifts %d, of them on holidays %d, bad rows %d\n",
		len(r.Units), r.Same, len(r.Refused), r.Shifts, r.Fixed, len(r.Bad))
	if len(r.Units) == 0 && r.Same > 0 {
		b.WriteString("the file changes nothing\n")
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(&b, "columns not used: %s\n", strings.Join(r.Ignored, ", "))
	}
	if r.Midnight > 0 {
		fmt.Fprintf(&b, "%d shifts begin at 00:00, as the file says; is that meant?\n", r.Midnight)
	}
	for _, u := range r.Units {
		if u.Dropped > 0 {
			fmt.Fprintf(&b, "%s: dropped %d earlier published shifts of people who hold no position any more\n", u.Unit, u.Dropped)
		}
	}
	for i, h := range r.Holes {
		if i == holesShown {
			fmt.Fprintf(&b, "and %d holes more\n", len(r.Holes)-i)
			break
		}
		zone := time.UTC
		if u, ok := tree.Unit(h.Unit); ok {
			zone = u.Zone
		}
		fmt.Fprintf(&b, "%s: nobody is %s from %s to %s\n", h.Unit, h.Role, minute(h.From.In(zone)), minute(h.To.In(zone)))
	}
	for _, no := range r.Refused {
		fmt.Fprintf(&b, "%s: refused: %s\n", no.Unit, no.Reason)
	}
	for _, bad := range r.Bad {
		fmt.Fprintf(&b, "line %d: %s\n", bad.Line, bad.Reason)
	}
	a.printf("%s", b.String())
	if err == nil && len(r.Bad)+len(r.Refused) > 0 {
		return errSaid
	}
	return err
}

// minute is how an instant is written in reports.
func minute(t time.Time) string { return t.Format("2006-01-02 15:04") }
