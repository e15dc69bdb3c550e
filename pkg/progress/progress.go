// Package progress shows how far a long piece of work is: a bar on a terminal, else a line for every tenth.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"golang.org/x/term"
)

// Bar shows the progress of one piece of work. It is for any number of goroutines between Start and Stop.
type Bar struct {
	out      io.Writer
	what     string
	mu       sync.Mutex // guards what follows, in the plain form
	total    int64
	done     int64
	tenths   int64
	tracker  *progress.Tracker // nil without a terminal
	writer   progress.Writer
	rendered chan struct{}
}

// New returns a bar that is shown on out, under the name of what is done: "replaying".
func New(out io.Writer, what string) *Bar { return &Bar{out: out, what: what} }

// Start begins with total steps ahead; 0 where that is not known.
func (b *Bar) Start(total int64) {
	b.total = total
	if f, ok := b.out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	b.tracker = &progress.Tracker{Message: b.what, Total: total}
	b.writer = progress.NewWriter()
	b.writer.SetOutputWriter(b.out)
	b.writer.SetStyle(progress.StyleBlocks)
	b.writer.SetUpdateFrequency(100 * time.Millisecond)
	b.writer.SetMessageLength(messageWidth)
	b.writer.Style().Visibility.Value = false
	b.writer.Style().Visibility.ETA = true
	b.writer.AppendTracker(b.tracker)
	b.rendered = make(chan struct{})
	go func() {
		defer close(b.rendered)
		b.writer.Render()
	}()
}

// messageWidth keeps the bar in one place while the words beside it change.
const messageWidth = 40

// Add notes n steps more, and where the work is.
func (b *Bar) Add(where string, n int64) {
	if b.tracker != nil {
		b.tracker.UpdateMessage(b.what + " " + where)
		b.tracker.Increment(n)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done += n
	if tenths := 10 * b.done / max(b.total, 1); tenths > b.tenths && b.total > 0 {
		b.tenths = tenths
		fmt.Fprintf(b.out, "  %3d %%  %s\n", 10*tenths, where)
	}
}

// Stop ends the bar.
func (b *Bar) Stop() {
	if b.tracker == nil {
		return
	}
	b.tracker.MarkAsDone()
	b.writer.Stop()
	<-b.rendered
}
