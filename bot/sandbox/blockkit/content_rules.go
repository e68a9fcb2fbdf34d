package blockkit

import "strconv"

// richTextShape is what people's own messages are made of: sections, lists, quotes and preformatted text.
var richTextShape = block(need("elements", list(0, unbounded, variants(map[string]shape{
	"rich_text_section": richSection,
	"rich_text_list": typed(
		need("elements", list(0, unbounded, variants(map[string]shape{"rich_text_section": richSection}))),
		need("style", enum("bullet", "ordered")), may("indent", integer(0, 8)), may("offset", integer(0, unbounded)),
		may("border", integer(0, 1))),
	"rich_text_quote": typed(need("elements", inlines), may("border", integer(0, 1))),
	"rich_text_preformatted": typed(
		need("elements", inlines), may("border", integer(0, 1)), may("language", str(0, idLength))),
}))))

var (
	inlines     = list(0, unbounded, variants(inlineShapes))
	richSection = typed(need("elements", inlines))

	inlineStyle = may("style", of(fields(
		may("bold", boolean), may("italic", boolean), may("strike", boolean), may("code", boolean),
		may("underline", boolean), may("highlight", boolean), may("client_highlight", boolean),
		may("unlink", boolean))))
)

// inlineShapes is the table of what a rich text section holds. They are lenient because Slack's clients add fields that
// are documented nowhere.
var inlineShapes = map[string]shape{
	"text":      inline(need("text", str(1, unbounded))),
	"link":      inline(need("url", str(1, unbounded)), may("text", str(0, unbounded)), may("unsafe", boolean)),
	"emoji":     inline(need("name", str(1, unbounded))),
	"user":      inline(need("user_id", str(1, idLength))),
	"channel":   inline(need("channel_id", str(1, idLength))),
	"usergroup": inline(need("usergroup_id", str(1, idLength))),
	"team":      inline(need("team_id", str(1, idLength))),
	"broadcast": inline(need("range", enum("here", "channel", "everyone"))),
	"color":     inline(need("value", str(1, idLength))),
	"date":      inline(need("timestamp", number), need("format", str(1, unbounded)), may("fallback", str(0, unbounded))),

	"attachment_mention": inline(), "canvas": inline(), "canvas_message_unfurl": inline(),
	"canvas_user_mention": inline(), "citation": inline(), "file": inline(), "list_record": inline(),
	"message_mention": inline(), "salesforce_data_field": inline(), "tag": inline(),
	"work_object_mention": inline(), "workflow_mention": inline(),
}

func inline(f ...field) shape { return typed(append(f, inlineStyle)...).lenient() }

var columnSetting = of(fields(may("align", enum("left", "center", "right")), may("is_wrapped", boolean)))

// cellShapes is the table of what stands in the cells of a table block. An empty raw_text is refused like any empty text.
var cellShapes = map[string]shape{
	"raw_text":   typed(need("text", str(1, unbounded))),
	"raw_number": typed(need("value", number), may("text", str(1, unbounded))),
	"rich_text":  richTextShape,
}

var dataCellShapes = map[string]shape{
	"raw_text":    cellShapes["raw_text"],
	"raw_number":  cellShapes["raw_number"],
	"rich_text":   richTextShape,
	"action_cell": typed(need("element", element(inCard)), may("fallback", variants(cellShapes))),
}

var (
	seriesShape = of(fields(
		need("name", str(1, 20)),
		need("data", list(1, 20, of(fields(need("label", str(1, 20)), need("value", number)))))))

	axes = of(fields(
		need("categories", list(1, 20, str(1, 20))), may("x_label", str(0, 50)), may("y_label", str(0, 50))))

	seriesChart = typed(need("series", list(1, 6, seriesShape)), need("axis_config", axes)).with(pointsFitCategories)
)

// chartShapes is the table of charts.
var chartShapes = map[string]shape{
	"pie": typed(need("segments", list(1, 6, of(fields(
		need("label", str(1, 20)), need("value", positive)))))),
	"bar": seriesChart, "line": seriesChart, "area": seriesChart,
}

// pointsFitCategories wants every series to have one point for each category of the axis.
func pointsFitCategories(c *checker, o object, at string) {
	categories := map[string]bool{}
	for _, v := range asList(asObject(o["axis_config"])["categories"]) {
		if name, ok := v.(string); ok {
			categories[name] = true
		}
	}
	for i, s := range asList(o["series"]) {
		data, ok := asObject(s)["data"].([]any)
		if !ok {
			continue
		}
		series := at + "/series/" + strconv.Itoa(i) + "/data"
		for j, point := range data {
			if label, ok := asObject(point)["label"].(string); ok && !categories[label] {
				c.report(series+"/"+strconv.Itoa(j)+"/label", mustBeCategory)
			}
		}
		if len(data) != len(categories) {
			c.report(series, onePointEach)
		}
	}
}
