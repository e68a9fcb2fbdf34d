// Package pulse is how people learn that the bot itself is silent: a [Heart] that beats at an address outside, whose owner raises the
// alarm when no beat comes, and a [DeadMan] that keeps a message scheduled at Slack, always some minutes ahead, which Slack posts by
// itself when nobody is there to put it off again.
//
// Both are told when all is well and do nothing of their own accord: whoever stops telling them, because he has stopped or because he
// has found something wrong, lets the alarm come.
package pulse
