package gateway

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/clock"
)

const (
	// MaxItemBytes is the largest item, encoded.
	MaxItemBytes = 64 << 10
	// defaultMaxBytes is about 100,000 large or 1,000,000 ordinary complaints.
	defaultMaxBytes = 1 << 30
	// readItems and readBytes are how much is taken from the disk at a time.
	readItems, readBytes = 256, 1 << 20
	// lockWait is how long a process may take to let a spool go: the one before may be ending.
	lockWait = time.Second
)

var (
	// ErrSpoolInUse says that another process has the spool open.
	ErrSpoolInUse = errors.New("another process has this spool open")
	// ErrSpoolFull says that the spool holds as much as it may: intake has been away for too long, or is too slow.
	ErrSpoolFull = errors.New("the spool is full")
	// ErrItemTooLarge says that an item has more than MaxItemBytes.
	ErrItemTooLarge = errors.New("the item is too large")
	// ErrDamaged says that what was read from the spool is not what was written, or was written under another key.
	ErrDamaged = errors.New("the spool is damaged, or sealed under another key")
)

// SpoolConfig says how a spool is kept. All of it may be left out.
type SpoolConfig struct {
	// MaxBytes is how much may wait, 1 GiB when it is 0. The file takes about a third more and does not shrink.
	MaxBytes int64
	// Key seals the items on the disk with AES-256-GCM: 32 bytes, the same ones for as long as the spool exists.
	Key []byte
	// Clock is the machine's when it is nil.
	Clock clock.Clock
}

// Spool keeps items on the disk until intake has acknowledged them. It is for any number of goroutines of one process.
//
// Its file holds the complainants' personal data: it is readable by its owner alone, and an item that was acknowledged stays legible
// in it until its room is used again, unless there is a Key. The file names the session too. A copy of it must never be put back in
// its place: what was numbered since would be taken for what intake has already.
type Spool struct {
	db   *bbolt.DB
	cfg  SpoolConfig
	box  box
	wake chan struct{}

	running sync.Mutex // held by Run
	taken   func(*intakev1.IntakeResult) error
	sent    atomic.Int64

	mu      sync.Mutex // guards what follows
	name    string     // of the session
	last    int64      // the last item that is on the disk
	acked   int64      // the last item whose result was taken
	refused int64
	bytes   int64 // that wait
	err     error // why there is no stream
	meter   meter
	settles chan struct{} // closed and replaced when acked rises
}

// The buckets of the file, and the keys of its state.
var (
	itemBucket, stateBucket           = []byte("item"), []byte("state")
	sessionKey, ackedKey, refusedKeys = []byte("session"), []byte("acked"), []byte("refused")
)

// OpenSpool opens the spool in a file, which is made if it is not there. It fails with ErrSpoolInUse while another process has it.
func OpenSpool(file string, cfg SpoolConfig) (*Spool, error) {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{Timeout: lockWait, FreelistType: bbolt.FreelistMapType})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s: %w", file, ErrSpoolInUse)
	case err != nil:
		return nil, fmt.Errorf("open spool %s: %w", file, err)
	}
	// One Send waits this long for others to share its write with.
	db.MaxBatchDelay = time.Millisecond
	s := &Spool{db: db, cfg: cfg, wake: make(chan struct{}, 1), settles: make(chan struct{}), err: errNotRun}
	if err := errors.Join(s.load(), syncFolder(file)); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open spool %s: %w", file, err)
	}
	return s, nil
}

// syncFolder makes a new file's name as durable as its content.
func syncFolder(file string) error {
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// load reads where the spool stands, or begins it.
func (s *Spool) load() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		items, err := tx.CreateBucketIfNotExists(itemBucket)
		if err != nil {
			return err
		}
		state, err := tx.CreateBucketIfNotExists(stateBucket)
		if err != nil {
			return err
		}
		if state.Get(sessionKey) == nil {
			if err := state.Put(sessionKey, []byte(uuid.NewString())); err != nil {
				return err
			}
		}
		s.name = string(state.Get(sessionKey))
		if s.box, err = newBox(s.cfg.Key); err != nil {
			return err
		}
		s.acked, s.refused, s.last = number(state.Get(ackedKey)), number(state.Get(refusedKeys)), int64(items.Sequence())
		c := items.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			s.bytes += int64(len(v))
		}
		if k, v := items.Cursor().First(); k != nil {
			_, err = s.box.open(state.Get(sessionKey), number(k), v) // a wrong key is found now, not when intake is there
		}
		return err
	})
}

// number reads what key wrote; 0 of nothing.
func number(b []byte) int64 {
	if len(b) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

// key writes numbers so that they are in order as bytes.
func key(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// Close lets the spool go. What waits in it is sent by the next process that opens it and runs.
func (s *Spool) Close() error { return s.db.Close() }

// Session returns the name of the session, made with the spool or by Restart.
func (s *Spool) Session() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// Send puts items on the disk, all or none, and returns the sequence of the last of them: then they will be registered or refused,
// once, whatever happens to this process. What an item says of its own sequence is not looked at.
//
// It fails with ErrItemTooLarge, with ErrSpoolFull, or with what the disk says.
func (s *Spool) Send(items ...*intakev1.IntakeItem) (last int64, err error) {
	encoded, size := make([][]byte, len(items)), int64(0)
	for i, item := range items {
		bare := proto.CloneOf(item)
		bare.Sequence = 0
		if encoded[i], err = proto.Marshal(bare); err != nil {
			return 0, fmt.Errorf("encode item: %w", err)
		}
		// Its number is added when it is sent.
		if n := len(encoded[i]) + binary.MaxVarintLen64 + 1; n > MaxItemBytes {
			return 0, fmt.Errorf("%w: it has %d bytes, and at most %d are taken", ErrItemTooLarge, n, MaxItemBytes)
		}
		size += int64(len(encoded[i]) + s.box.overhead())
	}
	if err := s.reserve(size); err != nil {
		return 0, err
	}
	var session []byte
	err = s.db.Batch(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(itemBucket)
		session = bytes.Clone(tx.Bucket(stateBucket).Get(sessionKey))
		bucket.FillPercent = 1 // items are only ever appended
		for _, plain := range encoded {
			n, err := bucket.NextSequence()
			if err != nil {
				return err
			}
			if err := bucket.Put(key(int64(n)), s.box.seal(session, int64(n), plain)); err != nil {
				return err
			}
		}
		last = int64(bucket.Sequence())
		return nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.bytes -= size
		return 0, fmt.Errorf("write to the spool: %w", err)
	}
	if s.name == string(session) { // else Restart has counted them
		s.last = max(s.last, last)
	}
	select {
	case s.wake <- struct{}{}:
	default: // awake already
	}
	return last, nil
}

func (s *Spool) reserve(size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes+size > s.cfg.MaxBytes {
		return fmt.Errorf("%w: %d items of together %d bytes wait for intake, and at most %d bytes may%s",
			ErrSpoolFull, s.last-s.acked, s.bytes, s.cfg.MaxBytes, s.why())
	}
	s.bytes += size
	return nil
}

// why tells what holds the items up, where that is known.
func (s *Spool) why() string {
	if s.err == nil {
		return ""
	}
	return "; the last stream: " + s.err.Error()
}
