package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// cache remembers verified tokens and cookies by their SHA-256, so that a hit costs a hash and a look-up instead of a
// signature. It is cut in shards, each with a young and an old half: when the young one is full it becomes the old one
// and the old one is dropped, which bounds memory without a list of ages.
type cache struct {
	half   int
	shards [cacheShards]shard
}

const cacheShards = 32

type tokenSum [sha256.Size]byte

// sumOf is the SHA-256 of a text of at most maxToken bytes. The copy is on the stack: a conversion would allocate.
func sumOf(text string) tokenSum {
	var b [maxToken]byte
	return sha256.Sum256(b[:copy(b[:], text)])
}

type shard struct {
	mu         sync.Mutex
	young, old map[tokenSum]verified
}

// verified is what is known of a token. It is good until expires, and only while live is not ended.
type verified struct {
	live    *live
	expires time.Time
}

func newCache(size int) *cache {
	return &cache{half: max(1, size/cacheShards/2)}
}

// get answers the live session of a token that was verified before and is good at now, or nil.
func (c *cache) get(sum tokenSum, now time.Time) *live {
	s := &c.shards[sum[0]%cacheShards]
	s.mu.Lock()
	v, young := s.young[sum]
	if !young {
		v = s.old[sum]
	}
	s.mu.Unlock()
	if v.live == nil || v.live.ended.Load() || !now.Before(v.expires) {
		return nil
	}
	if !young {
		c.put(sum, v)
	}
	return v.live
}

func (c *cache) put(sum tokenSum, v verified) {
	s := &c.shards[sum[0]%cacheShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.young == nil || len(s.young) >= c.half {
		s.old, s.young = s.young, make(map[tokenSum]verified)
	}
	s.young[sum] = v
}

// clear forgets all.
func (c *cache) clear() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.young, s.old = nil, nil
		s.mu.Unlock()
	}
}
