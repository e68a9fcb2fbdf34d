// Package failpoint names the places at which a crash must lose nothing and repeat nothing: before and after every commit, and around
// everything that leaves for Slack.
//
// In normal builds its functions are empty and vanish from the program. Built with the tag failpoints, the program kills itself with
// SIGKILL, as a power cut would, when it comes to the place that SAMEDAY_FAILPOINT names: "bolt.committed" for the first time it gets
// there, "bolt.committed:7" for the seventh. The crash test of the command walks through all places; it also sees to it that every one
// named in the code is in its table, and is really reached.
package failpoint

// Env is the environment variable that names the place, and after a colon the visit, at which a build with the tag failpoints ends.
const Env = "SAMEDAY_FAILPOINT"
