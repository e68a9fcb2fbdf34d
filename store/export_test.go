package store

// RememberAtMost bounds what a desk remembers of complaints, before it is used.
func RememberAtMost(d *Desk, bytes int) { d.folds.limit = bytes }

// Remembered is how much a desk remembers, counted anew; -1 when it counts otherwise itself.
func Remembered(d *Desk) int {
	d.folds.mu.RLock()
	defer d.folds.mu.RUnlock()
	size := 0
	for _, f := range d.folds.kept {
		size += foldAlone + f.size
	}
	if size != d.folds.size {
		return -1
	}
	return size
}
