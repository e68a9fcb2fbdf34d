package kit

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// emojis is a small table of the names that bots and people use most. Names that are not in it are drawn as :name:.
var emojis = map[string]string{
	"+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "ok_hand": "👌", "clap": "👏", "pray": "🙏", "wave": "👋",
	"raised_hands": "🙌", "raising_hand": "🙋", "muscle": "💪", "point_right": "👉", "point_left": "👈", "point_up": "☝️",
	"point_down": "👇", "eyes": "👀", "heart": "❤️", "broken_heart": "💔", "100": "💯", "fire": "🔥", "tada": "🎉",
	"sparkles": "✨", "star": "⭐", "rocket": "🚀", "bulb": "💡", "zap": "⚡", "boom": "💥",
	"smile": "😄", "smiley": "😃", "grinning": "😀", "slightly_smiling_face": "🙂", "blush": "😊", "joy": "😂", "wink": "😉",
	"thinking_face": "🤔", "neutral_face": "😐", "confused": "😕", "cry": "😢", "sob": "😭", "rage": "😡", "angry": "😠",
	"sweat": "😓", "scream": "😱", "sleeping": "😴", "sunglasses": "😎",
	"white_check_mark": "✅", "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️", "x": "❌",
	"negative_squared_cross_mark": "❎", "warning": "⚠️", "no_entry": "⛔", "no_entry_sign": "🚫", "octagonal_sign": "🛑",
	"rotating_light": "🚨", "exclamation": "❗", "heavy_exclamation_mark": "❗", "bangbang": "‼️", "question": "❓",
	"information_source": "ℹ️", "red_circle": "🔴", "large_orange_circle": "🟠", "large_yellow_circle": "🟡",
	"large_green_circle": "🟢", "large_blue_circle": "🔵", "white_circle": "⚪", "black_circle": "⚫",
	"white_large_square": "⬜", "black_large_square": "⬛", "small_orange_diamond": "🔸", "small_blue_diamond": "🔹",
	"one": "1️⃣", "two": "2️⃣", "three": "3️⃣", "four": "4️⃣", "five": "5️⃣", "keycap_ten": "🔟",
	"arrow_right": "➡️", "arrow_left": "⬅️", "arrow_up": "⬆️", "arrow_down": "⬇️", "arrows_counterclockwise": "🔄",
	"repeat": "🔁", "heavy_plus_sign": "➕", "heavy_minus_sign": "➖",
	"bell": "🔔", "no_bell": "🔕", "mega": "📣", "loudspeaker": "📢", "speech_balloon": "💬", "thought_balloon": "💭",
	"telephone_receiver": "📞", "phone": "☎️", "telephone": "☎️", "iphone": "📱", "email": "✉️", "envelope": "✉️",
	"incoming_envelope": "📨", "inbox_tray": "📥", "outbox_tray": "📤", "package": "📦", "lock": "🔒", "unlock": "🔓", "key": "🔑",
	"memo": "📝", "pencil": "📝", "pencil2": "✏️", "clipboard": "📋", "page_facing_up": "📄", "paperclip": "📎", "pushpin": "📌",
	"round_pushpin": "📍", "link": "🔗", "file_folder": "📁", "open_file_folder": "📂", "card_index_dividers": "🗂️",
	"bookmark": "🔖", "books": "📚", "mag": "🔍", "bar_chart": "📊", "chart_with_upwards_trend": "📈",
	"chart_with_downwards_trend": "📉", "calendar": "📆", "date": "📅", "spiral_calendar_pad": "🗓️", "clock9": "🕘",
	"alarm_clock": "⏰", "stopwatch": "⏱️", "timer_clock": "⏲️", "hourglass": "⌛", "hourglass_flowing_sand": "⏳",
	"sunrise": "🌅", "sunny": "☀️", "night_with_stars": "🌃", "crescent_moon": "🌙", "zzz": "💤",
	"bank": "🏦", "office": "🏢", "house": "🏠", "hospital": "🏥", "credit_card": "💳", "moneybag": "💰", "yen": "💴",
	"scales": "⚖️", "police_car": "🚓", "newspaper": "📰", "microscope": "🔬", "gear": "⚙️", "wrench": "🔧", "hammer": "🔨",
	"robot_face": "🤖", "busts_in_silhouette": "👥", "bust_in_silhouette": "👤", "flag-cn": "🇨🇳", "trophy": "🏆", "medal": "🏅",
}

const skinTone = "skin-tone-"

// emojiAt reads the :name: at the beginning of s, with the skin tone that may follow, and gives the glyph and how long the
// name is; 0 when there is none that is in the table.
func emojiAt(s string) (glyph string, size int) {
	name, ok := shortcode(s)
	glyph = emojis[name]
	if !ok || glyph == "" {
		return "", 0
	}
	size = len(name) + 2
	if tone, ok := shortcode(s[size:]); ok {
		if n, err := strconv.Atoi(strings.TrimPrefix(tone, skinTone)); err == nil && n >= 2 && n <= 6 &&
			strings.HasPrefix(tone, skinTone) {
			return glyph + string(rune(0x1f3fb+n-2)), size + len(tone) + 2
		}
	}
	return glyph, size
}

// shortcode is the name between two colons at the beginning of s. No name in the table is longer than 40 characters.
func shortcode(s string) (string, bool) {
	if s == "" || s[0] != ':' {
		return "", false
	}
	for i := 1; i < min(len(s), 42); i++ {
		switch c := s[i]; {
		case c == ':':
			return s[1:i], i > 1
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '+':
		default:
			return "", false
		}
	}
	return "", false
}

// emoji draws a glyph with its name for those who do not see it.
func (d *drawing) emoji(name, glyph string) {
	d.leaf("span", attrs{{"class", "k-emoji"}, {"role", "img"}, {"aria-label", name}, {"title", ":" + name + ":"}}, glyph)
}

// plain draws text that is not mrkdwn; shortcodes become glyphs when emoji is set.
func (d *drawing) plain(s string, emoji bool) {
	for i := 0; emoji && i < len(s); i++ {
		if s[i] != ':' {
			continue
		}
		if glyph, size := emojiAt(s[i:]); size > 0 {
			d.text(s[:i])
			d.emoji(s[i+1:i+size-1], glyph)
			s, i = s[i+size:], -1
		}
	}
	d.text(s)
}

// glyphs is plain for places that take no markup, such as the options of a menu.
func glyphs(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if glyph, size := emojiAt(s[i:]); size > 0 {
			b.WriteString(s[:i] + glyph)
			s, i = s[i+size:], -1
		}
	}
	return b.String() + s
}

// codePoints reads the "unicode" of a rich text emoji, hexadecimal numbers joined by "-"; "" when it is not that.
func codePoints(s string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(s, "-") {
		n, err := strconv.ParseUint(part, 16, 32)
		if err != nil || n < ' ' || n > utf8.MaxRune {
			return ""
		}
		b.WriteRune(rune(n))
	}
	return b.String()
}
