package events

import "maps"

// The state of the parts that a publisher publishes. The relay's two goroutines share it.

// own replaces the parts that are published. What is known about a part that stays is kept.
func (p *publisher) own(heads map[int]head) {
	p.mu.Lock()
	defer p.mu.Unlock()
	parts := map[int]*outPart{}
	for part, h := range heads {
		o := p.parts[part]
		if o == nil {
			o = &outPart{head: h, saved: h}
		}
		o.seq = max(o.seq, h.seq) // another replica may have had it in between
		parts[part] = o
	}
	p.parts = parts
	signal(p.wake)
}

// add takes newly sequenced events, of each part by sequence, and reports whether all of their parts are published here. Transactions may
// tell of theirs in another order than that of their commits: what is left out then is read.
func (p *publisher) add(events []Event) (all bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all = true
	for _, e := range events {
		o := p.parts[e.Part]
		if o == nil { // somebody else's, or fenced and lost again since
			all = false
			continue
		}
		follows := o.published + 1 + int64(len(o.queue))
		if e.Seq == follows && len(o.queue) < queueLimit {
			o.queue = append(o.queue, e)
		}
		o.seq = max(o.seq, e.Seq)
	}
	signal(p.wake)
	return all
}

// learn takes where parts stand, whoever has brought them there.
func (p *publisher) learn(seqs map[int]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	news := false
	for part, seq := range seqs {
		if o := p.parts[part]; o != nil && o.seq < seq {
			o.seq, news = seq, true
		}
	}
	if news {
		signal(p.wake)
	}
}

// heads returns where every part stands.
func (p *publisher) heads() map[int]head {
	p.mu.Lock()
	defer p.mu.Unlock()
	heads := make(map[int]head, len(p.parts))
	for part, o := range p.parts {
		heads[part] = o.head
	}
	return heads
}

// changed returns the parts of which the database does not know how far they are published.
func (p *publisher) changed() map[int]head {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed := map[int]head{}
	for part, o := range p.parts {
		if o.saved.published != o.published || o.saved.message != o.message {
			changed[part] = o.head
		}
	}
	return changed
}

// setSaved says that the database knows how far the given parts are published.
func (p *publisher) setSaved(parts map[int]head) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for part, h := range parts {
		if o := p.parts[part]; o != nil {
			o.saved = h
		}
	}
}

// snapshot copies the state of the parts. Their queues are shared, but elements are only ever added behind what is seen.
func (p *publisher) snapshot() map[int]outPart {
	p.mu.Lock()
	defer p.mu.Unlock()
	parts := make(map[int]outPart, len(p.parts))
	for part, o := range p.parts {
		parts[part] = *o
	}
	return parts
}

// advance notes that events were acknowledged as the given message; they are consecutive from published on, by part.
func (p *publisher) advance(events []Event, message int64) {
	p.bus.meter.add(p.bus.meter.published, p.bus.cfg.Service, len(events))
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range events {
		o := p.parts[e.Part]
		if o == nil || e.Seq != o.published+1 {
			continue // lost to another replica meanwhile
		}
		o.published, o.message = e.Seq, message
		if len(o.queue) > 0 && o.queue[0].Seq == e.Seq {
			o.queue = o.queue[1:]
		}
	}
}

// rewind goes back so that everything after published[part] is published again.
func (p *publisher) rewind(published map[int]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for part, seq := range published {
		if o := p.parts[part]; o != nil && seq < o.published {
			o.published, o.message, o.queue = seq, 0, nil
		}
	}
}

// unchecked returns the parts that were not compared with the stream yet.
func (p *publisher) unchecked() map[int]head {
	p.mu.Lock()
	defer p.mu.Unlock()
	parts := map[int]head{}
	for part, o := range p.parts {
		if !o.checked {
			parts[part] = o.head
		}
	}
	return parts
}

// setChecked says of the given parts that they were compared, or, of all, that they must be again.
func (p *publisher) setChecked(parts map[int]head, checked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for part := range maps.Keys(parts) {
		if o := p.parts[part]; o != nil {
			o.checked = checked
		}
	}
}
