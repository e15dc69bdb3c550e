package demo

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	pretty "github.com/jedib0t/go-pretty/v6/progress"
	"golang.org/x/term"
)

// progress shows how far the replay is: a bar on a terminal, else a line for every tenth.
type progress struct {
	out      io.Writer
	mu       sync.Mutex // guards what follows, in the plain form
	total    int
	done     int
	tenths   int
	bar      *pretty.Tracker // nil without a terminal
	writer   pretty.Writer
	rendered chan struct{}
}

func newProgress(out io.Writer) *progress { return &progress{out: out} }

// start begins with total steps ahead.
func (p *progress) start(total int) {
	p.total = total
	if f, ok := p.out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	p.bar = &pretty.Tracker{Message: "replaying", Total: int64(total)}
	p.writer = pretty.NewWriter()
	p.writer.SetOutputWriter(p.out)
	p.writer.SetStyle(pretty.StyleBlocks)
	p.writer.SetUpdateFrequency(100 * time.Millisecond)
	p.writer.SetMessageLength(len("replaying 2006-01"))
	p.writer.Style().Visibility.Value = false
	p.writer.Style().Visibility.ETA = true
	p.writer.AppendTracker(p.bar)
	p.rendered = make(chan struct{})
	go func() {
		defer close(p.rendered)
		p.writer.Render()
	}()
}

// add notes n steps more, in a month.
func (p *progress) add(month string, n int) {
	if p.bar != nil {
		p.bar.UpdateMessage("replaying " + month)
		p.bar.Increment(int64(n))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	if tenths := 10 * p.done / max(p.total, 1); tenths > p.tenths {
		p.tenths = tenths
		fmt.Fprintf(p.out, "  %3d %%  %s\n", 10*tenths, month)
	}
}

// stop ends the bar.
func (p *progress) stop() {
	if p.bar == nil {
		return
	}
	p.bar.MarkAsDone()
	p.writer.Stop()
	<-p.rendered
}
