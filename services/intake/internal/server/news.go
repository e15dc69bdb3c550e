package server

import "sync"

// news tells those who wait in this process that something may have changed. It says neither what nor whether, and costs nothing while
// nobody waits.
type news struct {
	mu   sync.Mutex
	next chan struct{}
}

// wait returns a channel that is closed at the next news.
func (n *news) wait() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.next
}

// spread tells all who wait.
func (n *news) spread() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}
