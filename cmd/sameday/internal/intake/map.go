package intake

import (
	"hash/fnv"
	"slices"

	"sameday/cmd/sameday/internal/yamlfile"
)

// Map says how a file of somebody else's making is read. The zero value reads files with our own column names.
type Map struct {
	columns   map[string][]Field          // their column: our fields; nil = columns have our names
	constants map[Field]string            // for rows that have nothing else
	values    map[Field]map[string]string // their value: ours; "*" for all others
	hash      *hashRule
	now       bool // received_at is when the row is imported
}

// hashRule spreads rows over units by a stable hash of a column: the same text always gives the same unit.
type hashRule struct {
	column string
	units  []string
}

// anyValue is the entry of a value table for values that it does not name.
const anyValue = "*"

// ParseMap reads a column map from its text; name is what errors call it.
//
//	columns:             # their column: our field, or a list of fields
//	  complaint_id: work_order
//	  narrative: summary
//	constants:           # what every row has
//	  source: online
//	values:              # per field: their value: ours; "*" for all others
//	  source: {Web: online, "*": other}
//	by_hash:             # rows without a unit: spread by a fixed rule
//	  column: complaint_id
//	  units: [jingan, xuhui]
//	received_at: now     # historical data: take the time of the import
func ParseMap(name string, text []byte) (*Map, error) {
	f, err := yamlfile.Parse(name, text)
	if err != nil {
		return nil, err
	}
	m := &Map{constants: map[Field]string{}, values: map[Field]map[string]string{}}
	f.Root().Mapping(
		yamlfile.Field{Key: "columns", Read: m.readColumns},
		yamlfile.Field{Key: "constants", Read: func(n yamlfile.Node) {
			n.Mapping(perField(func(f Field, n yamlfile.Node) { m.constants[f], _ = n.Text() })...)
		}},
		yamlfile.Field{Key: "values", Read: func(n yamlfile.Node) { n.Mapping(perField(m.readValues)...) }},
		yamlfile.Field{Key: "by_hash", Read: m.readHash},
		yamlfile.Field{Key: "received_at", Read: func(n yamlfile.Node) {
			w, ok := yamlfile.OneOf(n, []string{"now", "column"})
			m.now = ok && w == "now"
		}},
	)
	return m, f.Err()
}

func perField(read func(Field, yamlfile.Node)) []yamlfile.Field {
	var out []yamlfile.Field
	for _, f := range Fields() {
		out = append(out, yamlfile.Field{Key: string(f), Read: func(n yamlfile.Node) { read(f, n) }})
	}
	return out
}

func (m *Map) readColumns(n yamlfile.Node) {
	m.columns = map[string][]Field{}
	taken := map[Field]string{}
	n.Entries(func(column string, _, v yamlfile.Node) {
		add := func(n yamlfile.Node) {
			f, ok := yamlfile.OneOf(n, Fields())
			if !ok {
				return
			}
			if other, twice := taken[f]; twice {
				n.Wrong("%s comes from the column %q already", f, other)
				return
			}
			taken[f] = column
			m.columns[plain(column)] = append(m.columns[plain(column)], f)
		}
		if v.IsList() {
			v.List(func(_ int, n yamlfile.Node) { add(n) })
			return
		}
		add(v)
	})
}

func (m *Map) readValues(f Field, n yamlfile.Node) {
	table := map[string]string{}
	n.Entries(func(value string, _, v yamlfile.Node) {
		if s, ok := v.Text(); ok {
			table[plain(value)] = s
		}
	})
	m.values[f] = table
}

func (m *Map) readHash(n yamlfile.Node) {
	rule := &hashRule{}
	n.Mapping(
		yamlfile.Field{Key: "column", Required: true, Read: yamlfile.Into(&rule.column)},
		yamlfile.Field{Key: "units", Required: true, Read: func(n yamlfile.Node) {
			n.List(func(_ int, n yamlfile.Node) {
				if s, ok := n.Text(); ok {
					rule.units = append(rule.units, s)
				}
			})
			if len(rule.units) == 0 {
				n.Wrong("name at least one unit")
			}
		}},
	)
	rule.column = plain(rule.column)
	m.hash = rule
}

// fields are the fields that a column fills. With a column map, only the map counts: a stranger's column may have one of our names and
// mean something else.
func (m *Map) fields(column string) []Field {
	if m.columns != nil {
		return m.columns[plain(column)]
	}
	if f, ok := fieldOf(column); ok {
		return []Field{f}
	}
	return nil
}

// fills reports whether a field can get a value when the file has these columns.
func (m *Map) fills(f Field, columns []string) bool {
	if m.constants[f] != "" || f == FieldUnit && m.hash != nil {
		return true
	}
	return slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(m.fields(c), f) })
}

// row makes a row of a record.
func (m *Map) row(r record) Row {
	row := Row{Line: r.line, Problem: r.problem, serials: r.serials, now: m.now, values: map[Field]string{}}
	if r.problem != "" {
		return row
	}
	hashed, found := "", false
	for i, column := range r.columns {
		text := ""
		if i < len(r.cells) {
			text = clean(r.cells[i])
		}
		if m.hash != nil && plain(column) == m.hash.column {
			hashed, found = text, true
		}
		for _, f := range m.fields(column) {
			if row.values[f] != "" && text != "" {
				row.Problem = "two columns tell " + string(f)
			}
			if text = m.translate(f, text); text != "" {
				row.values[f] = text
			}
		}
	}
	for f, text := range m.constants {
		if row.values[f] == "" {
			row.values[f] = text
		}
	}
	if m.hash != nil && row.values[FieldUnit] == "" {
		if !found {
			row.Problem = "it has no column " + m.hash.column + ", which decides the unit"
			return row
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(hashed)) // a hash never fails to write
		row.values[FieldUnit] = m.hash.units[h.Sum64()%uint64(len(m.hash.units))]
	}
	return row
}

func (m *Map) translate(f Field, text string) string {
	table := m.values[f]
	if table == nil {
		return text
	}
	if ours, ok := table[plain(text)]; ok {
		return ours
	}
	if ours, ok := table[anyValue]; ok {
		return ours
	}
	return text
}
