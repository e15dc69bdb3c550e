package layered

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSimplexFindsTheLeast compares with every assignment of small graphs.
func TestSimplexFindsTheLeast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const most = 6
		n := rapid.IntRange(2, 5).Draw(t, "n")
		arcs := make([]arc, 0, 8)
		for v := 1; v < n; v++ { // it hangs together
			arcs = append(arcs, arc{rapid.IntRange(0, v-1).Draw(t, "from"), v, rapid.IntRange(0, 1).Draw(t, "min"), rapid.IntRange(0, 3).Draw(t, "weight")})
		}
		for range rapid.IntRange(0, 4).Draw(t, "more") {
			from := rapid.IntRange(0, n-2).Draw(t, "from")
			arcs = append(arcs, arc{from, rapid.IntRange(from+1, n-1).Draw(t, "to"), rapid.IntRange(0, 1).Draw(t, "min"), rapid.IntRange(0, 3).Draw(t, "weight")})
		}
		got, ok := cost(simplex(n, arcs), arcs)
		if !ok {
			t.Fatal("an arc is shorter than it asks for")
		}
		least, x := got, make([]int, n)
		for {
			if c, ok := cost(x, arcs); ok {
				least = min(least, c)
			}
			i := 0
			for ; i < n && x[i] == most; i++ {
				x[i] = 0
			}
			if i == n {
				break
			}
			x[i]++
		}
		if got != least {
			t.Errorf("simplex costs %d, the least is %d", got, least)
		}
	})
}

func cost(x []int, arcs []arc) (sum int, ok bool) {
	ok = true
	for _, a := range arcs {
		d := x[a.to] - x[a.from]
		ok = ok && d >= a.min
		sum += a.weight * d
	}
	return sum, ok
}
