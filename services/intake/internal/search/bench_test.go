package search

import "testing"

// BenchmarkText is what the index loop works out for one complaint of a hundred Chinese characters.
func BenchmarkText(b *testing.B) {
	key := NewKey([]byte("0123456789abcdef0123456789abcdef"))
	const text = "新买的柜子柜门上有很长一道划伤，要求更换。客服说三天内联系我，到今天已经一个星期了，没有任何人打过电话，也没有人上门查看。我要求尽快更换柜门并且赔偿，否则我会向消费者协会投诉，希望你们重视这件事情。"
	b.ReportAllocs()
	for b.Loop() {
		words := key.Words(Words(text))
		Sketch(words)
	}
}
