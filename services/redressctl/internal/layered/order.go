package layered

import (
	"cmp"
	"slices"
)

// sweeps through the layers, half of them downwards.
const sweeps = 48

// arrange orders the vertices within their layers so that segments cross seldom: each goes where the middle of its neighbours is,
// then neighbours change places while that helps. The best order met is kept.
func (c *chart) arrange() {
	c.firstOrder()
	best, least := c.orders(), c.crossings()
	for i := range sweeps {
		down := i%2 == 0
		for k := range c.layers {
			if layer := c.layers[k]; down {
				c.byMiddle(layer, func(v *vertex) []int { return v.up }, c.over)
			} else {
				c.byMiddle(c.layers[len(c.layers)-1-k], func(v *vertex) []int { return v.down }, c.under)
			}
		}
		for range 6 {
			if !c.exchange() {
				break
			}
		}
		if n := c.crossings(); n < least {
			best, least = c.orders(), n
		}
	}
	c.layers = best
	c.number()
}

// firstOrder is the order in which a walk down from the top meets the vertices.
func (c *chart) firstOrder() {
	seen := make([]bool, len(c.vertices))
	layers := make([][]int, len(c.layers))
	var walk func(v int)
	walk = func(v int) {
		if seen[v] {
			return
		}
		seen[v] = true
		layers[c.vertices[v].layer] = append(layers[c.vertices[v].layer], v)
		for _, s := range c.vertices[v].down {
			walk(c.segments[s].b)
		}
	}
	for _, layer := range c.layers {
		for _, v := range layer {
			walk(v)
		}
	}
	c.layers = layers
	c.number()
}

func (c *chart) number() {
	for _, layer := range c.layers {
		for i, v := range layer {
			c.vertices[v].place = i
		}
	}
}

func (c *chart) orders() [][]int {
	layers := make([][]int, len(c.layers))
	for i, layer := range c.layers {
		layers[i] = slices.Clone(layer)
	}
	return layers
}

// byMiddle sorts a layer by the mean place of each vertex's neighbours; one without any keeps its own place.
func (c *chart) byMiddle(layer []int, segments func(*vertex) []int, other func(int) *vertex) {
	mean := make(map[int]float64, len(layer))
	for _, v := range layer {
		around := segments(&c.vertices[v])
		if len(around) == 0 {
			mean[v] = float64(c.vertices[v].place)
			continue
		}
		sum := 0
		for _, s := range around {
			sum += other(s).place
		}
		mean[v] = float64(sum) / float64(len(around))
	}
	slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
	c.number()
}

// exchange swaps neighbours where that saves crossings, and reports whether it did.
func (c *chart) exchange() bool {
	better := false
	for _, layer := range c.layers {
		for i := 0; i+1 < len(layer); i++ {
			v, w := &c.vertices[layer[i]], &c.vertices[layer[i+1]]
			now := c.between(v.up, w.up, c.over) + c.between(v.down, w.down, c.under)
			then := c.between(w.up, v.up, c.over) + c.between(w.down, v.down, c.under)
			if then < now {
				layer[i], layer[i+1] = layer[i+1], layer[i]
				v.place, w.place = i+1, i
				better = true
			}
		}
	}
	return better
}

// between counts the crossings of a vertex's segments with those of one to its right.
func (c *chart) between(left, right []int, other func(int) *vertex) int {
	n := 0
	for _, s := range left {
		for _, t := range right {
			if other(s).place > other(t).place {
				n++
			}
		}
	}
	return n
}

func (c *chart) crossings() int {
	n := 0
	for _, layer := range c.layers {
		for i, v := range layer {
			for _, w := range layer[i+1:] {
				n += c.between(c.vertices[v].down, c.vertices[w].down, c.under)
			}
		}
	}
	return n
}
