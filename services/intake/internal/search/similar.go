package search

import "math"

const (
	// bands of bandRows minima each make the sketch of a text: two texts whose sets of words have the Jaccard index j share a band with the
	// probability 1-(1-j²)^20, which is 0.18 for j=0.1, 0.85 for 0.3 and 0.997 for 0.5.
	bands    = 20
	bandRows = 2
	// minWords is how many words a text needs to be compared at all.
	minWords = 4
)

// Sketch returns hashes by which similar texts are found among many (MinHash in bands): texts that share one are worth comparing. It is
// made of hashed words, and so tells no more than they do. A text of fewer than four words has none.
func Sketch(hashes []int64) []int64 {
	if len(hashes) < minWords {
		return nil
	}
	sketch := make([]int64, bands)
	for band := range bands {
		sum := uint64(band) + 1
		for row := range bandRows {
			least := uint64(math.MaxUint64)
			for _, h := range hashes {
				least = min(least, mix(uint64(h)^mix(uint64(band*bandRows+row))))
			}
			sum = mix(sum ^ least)
		}
		sketch[band] = int64(sum)
	}
	return sketch
}

// mix is the finaliser of SplitMix64: every bit of x counts in every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Similarity compares two texts by their words (Sørensen-Dice): 1 for the same words, 0 for none in common or a text of fewer than four.
func Similarity(a, b string) float64 {
	one, other := Words(a), Words(b)
	if len(one) < minWords || len(other) < minWords {
		return 0
	}
	in := map[string]bool{}
	for _, w := range one {
		in[w] = true
	}
	common := 0
	for _, w := range other {
		if in[w] {
			common++
		}
	}
	return 2 * float64(common) / float64(len(one)+len(other))
}
