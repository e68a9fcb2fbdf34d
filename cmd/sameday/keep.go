package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
)

func (a *app) exportCommand() *cobra.Command {
	var p place
	var format, out string
	c := &cobra.Command{
		Use:   "export (--config FILE | --data FOLDER) [--format jsonl|csv] [--out FILE]",
		Short: "write the ledger as JSON lines, or the table of complaints (台账) as CSV",
		Long: `export writes the whole ledger as JSON lines, with the hash chain: "sameday verify --export FILE" proves such a file without the
database. With --format csv it writes the table of complaints (台账), one a line, customers masked; that needs --config.
It also works while "sameday run" is at work.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format != "jsonl" && format != "csv" {
				return usage("unknown --format %q: use jsonl or csv", format)
			}
			if err := p.load(); err != nil {
				return err
			}
			if format == "csv" && p.config == nil {
				return usage("--format csv needs --config, for the units and the language")
			}
			return p.look(c.Context(), func(s store.Store) error {
				return a.toFile(out, func(w io.Writer) error { return p.export(c.Context(), w, s, format) })
			})
		},
	}
	p.flags(c, true)
	c.Flags().StringVar(&format, "format", "jsonl", "jsonl or csv")
	c.Flags().StringVar(&out, "out", "-", "a new file; - for standard output")
	return c
}

func (p *place) export(ctx context.Context, w io.Writer, s store.Store, format string) error {
	if format == "jsonl" {
		_, err := ledger.WriteLines(ctx, w, s)
		return err
	}
	rules, err := offlineRules(p.config)
	if err != nil {
		return err
	}
	// Nothing is sealed or opened here, so no key is needed.
	_, err = ledger.WriteTable(ctx, w, store.NewDesk(s, rules, store.MasterKey{}), p.config.Language)
	return err
}

func (a *app) toFile(path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(a.Out)
	}
	return ledger.WriteFile(path, write)
}

func (a *app) verifyCommand() *cobra.Command {
	var p place
	var export string
	c := &cobra.Command{
		Use:   "verify (--config FILE | --data FOLDER) [--export FILE], or verify --export FILE",
		Short: "prove the whole ledger, or an export of it; name the first broken record",
		Long: `verify reads the whole ledger and proves that no record was changed, removed or put in since it was written, that every event can be
read, and that the index says what the events say. With --export it proves a file written by "sameday export"; given both, also that the
file is a true beginning of the ledger. It also works while "sameday run" is at work.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.verify(c.Context(), &p, export)
		},
	}
	p.flags(c, true)
	c.Flags().StringVar(&export, "export", "", "an export in JSON lines")
	return c
}

func (a *app) verify(ctx context.Context, p *place, export string) error {
	var exported store.Head
	if export != "" {
		f, err := os.Open(export)
		if err != nil {
			return asUsage(err)
		}
		exported, err = ledger.CheckLines(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", export, err)
		}
		a.printf("export: %d records, unbroken; the last is %x\n", exported.Seq, exported.Hash)
		if p.configPath == "" && p.data == "" {
			return nil
		}
	}
	if err := p.load(); err != nil {
		return err
	}
	return p.look(ctx, func(s store.Store) error {
		r, err := ledger.Verify(ctx, s, ledger.Path(p.data))
		if err != nil {
			return err
		}
		a.printf("ledger: %d records of %d streams, unbroken; the last is %x; %d index entries, all right\n",
			r.Records, r.Streams, r.Head.Hash, r.Entries)
		if export == "" {
			return nil
		}
		if err := ledger.Holds(ctx, s, exported); err != nil {
			return err
		}
		a.printf("the export is a true beginning of the ledger; %d records came later\n", r.Head.Seq-exported.Seq)
		return nil
	})
}

func (a *app) backupCommand() *cobra.Command {
	var p place
	c := &cobra.Command{
		Use:   "backup OUT (--config FILE | --data FOLDER)",
		Short: "write a complete copy of the database to a new file, and prove the copy",
		Long: `backup writes a complete copy of the database to a new file and proves it. It also works while "sameday run" is at work. Customers' data
is in it sealed: to read it after a restore takes the master key, which belongs elsewhere.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := p.load(); err != nil {
				return err
			}
			return p.source(c.Context(), func(from ledger.Source, _ store.Store) error {
				r, err := ledger.Backup(c.Context(), from, args[0])
				if err != nil {
					return err
				}
				a.printf("%s: %d records, proved; the last is %x\n", args[0], r.Records, r.Head.Hash)
				return nil
			})
		},
	}
	p.flags(c, true)
	return c
}

func (a *app) restoreCommand() *cobra.Command {
	var p place
	var replace bool
	c := &cobra.Command{
		Use:   "restore BACKUP (--config FILE | --data FOLDER) [--replace]",
		Short: "put a backup back, after proving it",
		Long: `restore proves a copy of the backup and puts it in the database's place. A database that is there stays, unless --replace is given: then it
is kept beside the new one under another name. Stop "sameday run" first. What waited to be told when the backup was made is looked for in
Slack before it is told. Complaints of after the backup are lost: their messages stay in Slack. Their numbers are not given again: those of the day go on above a
gap, which the ledger notes.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := p.load(); err != nil {
				return err
			}
			out, err := ledger.Restore(c.Context(), args[0], p.data, replace, a.Now())
			if err != nil {
				return locked(err)
			}
			if out.Kept != "" {
				a.printf("the database that was there is kept as %s\n", out.Kept)
			}
			a.printf("what was recorded after that backup is lost: look for it in Slack and enter it anew; today's new numbers are above %d\n", out.Note.Above)
			a.printf("restored %s: %d records, proved; the last is %x\n", ledger.Path(p.data), out.Report.Records, out.Report.Head.Hash)
			return nil
		},
	}
	p.flags(c, true)
	c.Flags().BoolVar(&replace, "replace", false, "take the place of a database that is there, and keep it aside")
	return c
}
