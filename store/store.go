// Package store is the memory of the bank's desk: an append-only ledger of events with a hash chain, the index entries
// that make it findable, the outbox of things that must still be told, the idempotency keys that make every command
// happen once, and the sealed personal data of customers.
//
// The package knows the rules of package workflow and no database. An engine (package bolt is the embedded one) stores
// what a [Commit] holds in one transaction or not at all, and knows nothing about complaints: what a stream's index
// entries are is computed here ([Project]), so every engine has the same projections and all of them can be rebuilt
// from the events alone ([Audit] compares).
//
// Decisions:
//
//   - Streams are named "complaint/20261123-007", "job/notice/jingan", "policy". Optimistic concurrency: an append names
//     the version it was decided on; a stale one gets [ErrConflict] and is decided again by [Desk].
//   - Uniqueness that outlives any retry window (a work-order number opens one complaint, a job runs once a day) is an
//     index entry with Unique set; uniqueness of one delivery (a click, an event id) is an idempotency key, which may be
//     forgotten after a week.
//   - Each record's hash covers the record before it in its own stream and in the whole ledger, so a change, a removal
//     or an insertion anywhere is found, and the first broken link is named.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// StreamID names one append-only stream of events: the part before the first slash is its type.
type StreamID string

// Hash is a SHA-256 digest in the chain; the zero Hash stands before the first record.
type Hash [32]byte

// NewEvent is an event to be appended: a fact as package workflow decided it, in its stored form.
type NewEvent struct {
	Kind string          // stable name with a version, e.g. "accepted.v1"
	At   time.Time       // when it was decided; stored in UTC to the microsecond
	By   string          // who did it: a person's id, or "system"
	Data json.RawMessage // the event's fields; one JSON object
}

// Record is an event as the ledger holds it. Records are never changed or removed.
type Record struct {
	Seq          uint64 // place in the ledger, from 1, without holes
	Stream       StreamID
	Version      int  // place in its stream, from 1, without holes
	NewEvent          // the fact
	Prev         Hash // hash of the record before in the ledger
	PrevInStream Hash // hash of the record before in the stream
	Hash         Hash // see [HashOf]
}

// Head is the end of the ledger: what an export or an outside witness keeps to prove later that nothing was cut off.
type Head struct {
	Seq  uint64
	Hash Hash
}

// Entry is one index entry of a stream: within Index, entries are ordered by Key (bytes). Value carries what a reader of
// the index needs, so that a list or a sweep never has to load streams one by one.
type Entry struct {
	Index  string
	Key    string
	Stream StreamID
	Value  []byte
	Unique bool // another stream holding the same Index and Key refuses the whole commit with a [TakenError]
}

// Append adds events to one stream.
type Append struct {
	Stream StreamID
	Expect int // version of the stream the decision was made on; 0 = the stream does not exist yet
	Events []NewEvent
	// Entries is the complete set of the stream's index entries after these events; the engine replaces the old set by it.
	Entries []Entry
}

// Commit is everything that one command changes. An engine stores all of it, durably, or nothing.
type Commit struct {
	// Key is the idempotency key of the command; empty for none. A second commit with the same key is refused with a
	// [DuplicateError] that names the stream the first one wrote.
	Key     string
	At      time.Time // when; idempotency keys are forgotten by age
	Appends []Append
	Intents []Intent
	Sealed  []Sealed
}

// Committed is what an engine answers: the records as stored, in the order of the commit.
type Committed struct {
	Records []Record
}

// Priorities of intents: rings go before lines, lines before card updates, card updates before mirrors. A thread's root goes
// first, because nothing else of its complaint can be posted before it.
const (
	PriorityRoot = iota
	PriorityRing
	PriorityLine
	PriorityDigest
	PriorityCard
	PriorityMirror
)

// MaxBatch is how many intents one message tells at most, see [Intent].
const MaxBatch = 500

// Intent is something that must be told, rendered when it is sent. It is written in the transaction that made it true.
// Fields from Seq on belong to the engine.
type Intent struct {
	ID       string // unique for ever, made from what it tells (never random), carried in the message's metadata
	Lane     string // intents of one lane are sent one at a time, by Priority, then in order of Seq
	Priority int
	Kind     string          // what to tell; package bot knows how
	Stream   StreamID        // whose state it tells, if any
	Body     json.RawMessage // arguments of Kind; one JSON object or empty
	// Replace, when not empty, coalesces: while an intent with the same Replace waits unsent, a new one is dropped.
	// One that is being sent, or waits after a Fixed settlement, does not count, because it may have told an older state.
	Replace string
	// Batch, when not empty, joins: intents of one lane with the same Batch, Priority and Beside are claimed together, at
	// most MaxBatch, and told by one message.
	Batch string
	// Beside says that telling it does not go through Slack, so that it goes on while Slack is down; see [Outbox] Claim.
	// It belongs into a lane of its own, where nothing that goes through Slack stands before it.
	Beside bool

	Seq       uint64
	Attempts  int       // deliveries started
	NotBefore time.Time // earliest next attempt; zero = at once
	StartedAt time.Time // when the current attempt was claimed; zero while waiting
	LastError string    // short reason of the last failed attempt; never message text
	// Also is filled by Claim and Unsettled only: the others of a batch, in order of Seq. They are told by this one's
	// message, under its ID, and settled with it; of an attempt only this one keeps account.
	Also []Intent
}

// Settlement ends one delivery attempt.
type Settlement struct {
	ID     string
	Result Result
	// RetryAt is when to try again, for Retry.
	RetryAt time.Time
	// Reason is a short machine word for Retry and Dead, e.g. "ratelimited".
	Reason string
	// Fixed, for Retry, says that a message with this content may have been told already. A batch then stays exactly as it
	// is: later claims of its first return the same others and no newcomers, who form the next batch, after it.
	// Without it the batch dissolves: all wait by themselves, and the next claim may take newcomers too.
	Fixed bool
}

// Result is how an attempt ended.
type Result int

const (
	Sent  Result = iota // told; the intent is removed, with its batch
	Retry               // not told; wait until RetryAt, keeping its place in the lane
	Dead                // can never be told (channel deleted); kept for the operator, out of the lane, with its batch
)

// Sealed is a customer's personal data: encrypted under a data key of its own, which is wrapped by the master key.
// Destroying WrappedKey erases the person, from backups of the ledger too, and leaves the chain verifiable.
type Sealed struct {
	ID         string // customer record id, named by events
	KeyID      string // which master key wrapped the data key
	WrappedKey []byte // empty after erasure
	Ciphertext []byte
}

// Query walks an index: entries with From <= Key < To (empty To = to the end of the index), in order of Key.
type Query struct {
	Index   string
	From    string
	To      string
	Reverse bool
	Limit   int // at most this many; 0 = 1,000
}

// Ledger keeps events. All methods of all engine interfaces are safe for concurrent use; none keeps a transaction open
// between calls.
type Ledger interface {
	// Append stores one commit durably (the disk has been told to keep it) or refuses it whole: [ErrConflict],
	// *[DuplicateError], *[TakenError], or an engine error.
	Append(ctx context.Context, c Commit) (Committed, error)
	// Stream returns up to limit records of one stream with Version > after; empty when there are none.
	Stream(ctx context.Context, id StreamID, after, limit int) ([]Record, error)
	// Since returns up to limit records of the whole ledger with Seq > after.
	Since(ctx context.Context, after uint64, limit int) ([]Record, error)
	// Head returns the end of the ledger; the zero Head when it is empty.
	Head(ctx context.Context) (Head, error)
}

// Index finds streams.
type Index interface {
	// Scan returns one page of an index. A walk goes on from the last key it got (for a forward walk, key + "\x00").
	Scan(ctx context.Context, q Query) ([]Entry, error)
	// Indexes lists the names of all indexes that hold an entry, sorted.
	Indexes(ctx context.Context) ([]string, error)
	// Reindex replaces the complete sets of entries of the given streams (a stream with an empty set loses all of its entries).
	Reindex(ctx context.Context, sets map[StreamID][]Entry) error
}

// Outbox keeps what must still be told.
type Outbox interface {
	// Claim marks up to max intents that go through Slack and up to beside others ([Intent] Beside) as being sent, durably,
	// and returns the former, then the latter: at most one per lane and only the lane's first (by Priority, then Seq), only
	// lanes with nothing being sent, only intents whose NotBefore is not after now; over all lanes the lowest Priority,
	// then the lowest Seq, goes first. A lane whose first intent waits for its NotBefore waits with it.
	// A first with a Batch takes along, in order of Seq, those of its batch in the lane that may go now; together they count as one.
	Claim(ctx context.Context, now time.Time, max, beside int) ([]Intent, error)
	// Settle ends claimed attempts. An unknown id is ignored: it was settled before. A batch goes by the id of its first.
	Settle(ctx context.Context, now time.Time, s []Settlement) error
	// Unsettled returns intents that a process claimed and never settled (after a crash their outcome is unknown), batches as
	// they were claimed. They stay claimed: the caller settles each.
	Unsettled(ctx context.Context) ([]Intent, error)
	// Waiting counts what is left by lane state, each intent of a batch by itself, and gives the earliest NotBefore of a lane
	// that waits, so that the sender can sleep; and it lists up to limit intents for a person to look at.
	Waiting(ctx context.Context, limit int) (Backlog, error)
}

// Backlog is the outbox at a glance.
type Backlog struct {
	Pending int       // not yet sent, claimed ones included
	Claimed int       // being sent
	Dead    int       // given up
	Next    time.Time // earliest NotBefore among the heads of idle lanes; zero when one can go at once or none waits
	Intents []Intent  // pending ones first, then dead ones
}

// Vault keeps sealed personal data.
type Vault interface {
	// Sealed returns one record; ErrNotFound when there is none. An erased one has an empty WrappedKey.
	Sealed(ctx context.Context, id string) (Sealed, error)
	// Destroy erases the record's key and ciphertext for good. Erasing twice is not an error.
	Destroy(ctx context.Context, id string) error
	// SealedIDs returns up to limit ids after the given one, in order.
	SealedIDs(ctx context.Context, after string, limit int) ([]string, error)
}

// Store is an engine.
type Store interface {
	Ledger
	Index
	Outbox
	Vault
	// Tidy forgets idempotency keys older than before.
	Tidy(ctx context.Context, before time.Time) error
	// Backup writes a complete, consistent copy, while the store is in use, that the same engine can open.
	Backup(ctx context.Context, w io.Writer) error
	// Close waits for what is being written, then releases the files. Closing twice is not an error.
	Close() error
}

// ErrConflict says that a stream has moved on since the decision was made: load, decide and append again.
var ErrConflict = errors.New("the stream has moved on")

// ErrNotFound says that there is no such thing.
var ErrNotFound = errors.New("not found")

// ErrClosed says that the store has been closed.
var ErrClosed = errors.New("the store is closed")

// ErrUnwritable says that the engine stores nothing any more, because it cannot know what the disk keeps; the process is to end, and its
// next start to read from the disk what is true. Reading may still work.
var ErrUnwritable = errors.New("the store takes nothing any more")

// NotStoredError says that a command was decided and the engine did not confirm it. Nothing that depends on it was done; whether the disk
// has kept it, the same idempotency key will tell.
type NotStoredError struct{ Cause error }

func (e *NotStoredError) Error() string { return "could not be stored: " + e.Cause.Error() }

func (e *NotStoredError) Unwrap() error { return e.Cause }

// DuplicateError says that this idempotency key has been used; Stream and Version are what the first use wrote.
type DuplicateError struct {
	Key     string
	Stream  StreamID
	Version int // version of Stream after the first use
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("key %s was used before, by %s version %d", e.Key, e.Stream, e.Version)
}

// TakenError says that a unique index entry belongs to another stream.
type TakenError struct {
	Index, Key string
	Stream     StreamID // the stream that holds it
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("%s %s belongs to %s", e.Index, e.Key, e.Stream)
}

// LockedError says that another process holds the database.
type LockedError struct {
	Path string
	PID  int // 0 when unknown
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another process holds %s", e.Path)
	}
	return fmt.Sprintf("process %d holds %s", e.PID, e.Path)
}
