// Package bolt is the embedded engine of package store: one file, one process, on go.etcd.io/bbolt.
//
// # How it writes
//
// One goroutine writes. It takes whatever has queued (at most Options.MaxBatch) and puts it into one bbolt transaction, without
// waiting for more: alone a commit costs two flushes of the disk, under load hundreds share them. Each member is checked against the
// state that the members before it made, before its first put; a refused one leaves no trace and the others go through. An
// error of the disk fails the whole batch, refusals included (they may have been decided on what was then rolled back).
//
// A full disk, a quota or a limit that refuses a page has changed nothing: each write is refused until there is room, and the next
// batch starts from what the file holds. Any other error of a commit stops all writing ([StoppedError], [Store.Failed]): after a flush that
// failed the system may show pages that the disk has not kept, and call the next flush a success. So does a panic inside bbolt, because
// nothing in memory can be trusted after it. Reading goes on until the process ends.
//
// A caller whose context ends gets the context's error at once. What it asked for is not stored if it was still queued and may be
// stored if it was not: it finds out by sending the same idempotency key again.
//
// When the last flush of a commit fails, what the disk will keep is unknown to everybody. The caller gets the error, and the
// idempotency key tells after the next start.
//
// # How it reads
//
// No read transaction copies more than 1,000 items, and none is open between calls: an open one makes the file grow and, at the end of
// the mapping, stops the writer. A longer answer is read in several transactions. For events that makes no difference,
// because they never change; a scan of an index longer than 1,000 entries may see changes made while it ran.
//
// # The free list
//
// It is written with every commit, as hash map: a start never scans the file. That is cheap as long as few pages are
// free, and nothing here frees many at once: the ledger only grows, the outbox reuses its own pages, and Tidy removes 1,000 keys per
// transaction. Measured on 2 cores: after Tidy had removed 500,000 keys at once (0.7 s), a lone commit took 0.76 ms instead of 0.55
// (BenchmarkAfterPurge); opening with 100,000 intents waiting takes 0.14 s (BenchmarkOpen).
//
// # Backup
//
// A backup is a reader as long as the copy takes, so it copies at the speed of the disk into a file beside the database and
// only then gives it to the (maybe slow) writer. While it copies, the free list is not written: beside an open reader the list grows
// with every commit, and writing it makes the file grow with the square of their number (measured: 2,500 commits beside one reader
// made 16 MiB into 3,319 with the list and into 144 without; the room is used again afterwards). A crash in that time, or an error of
// the disk, costs one scan of the file. The disk needs room for the copy.
//
// # Erasure
//
// bbolt never overwrites a value, so the old pages of an erased record stay in the file until they are used again. Destroy therefore
// looks for the wrapped key in the whole file afterwards and overwrites every copy. Backups made before still hold it.
//
// # Files
//
// The database (mode 0600), the same name with ".pid" (which process holds the lock, for the message of [store.LockedError];
// /proc/locks would name it too, on Linux and outside of containers only), and while a backup runs one with ".backup-" and a number,
// which the next Open removes if a crash left it.
//
// # Keys
//
//	meta      name                                    -> value ("schema")
//	ledger    seq                                     -> record
//	versions  length of stream, stream, version       -> seq
//	streams   stream                                  -> version, hash, keys of its index entries
//	index     index 00 key (00 as 00 FF) 00 01 stream -> unique flag, value
//	keys      idempotency key                         -> when, stream, version
//	outbox    seq                                     -> intent; the first of a batch with the others' seqs
//	dead      seq                                     -> intent
//	vault     id                                      -> sealed record
//
// Numbers are big-endian, so that bytes sort like numbers.
package bolt
