package registry
import ("testing";"time";"context";"fmt";"sync";"github.com/ahsn-network/tracker/store/survey")
func TestDbg(t *testing.T){
  for round := range 6 {
	c := newCluster(t, t.TempDir(), "otv", "wessex", "sw")
	c.startAll()
	b := time.Now()
	ids := c.prepare(2000)
	t.Log("prepared", time.Since(b)); b = time.Now()
	var g sync.WaitGroup
	for i := range 128 { g.Go(func(){
		for k := range 5 { c.node(c.regions[i%3]).Claim(context.Background(), survey.Request{ID: fmt.Sprint(i,"-",k)}, "2022-23", ids[i*5+k:][:1]) }
	}) }
	g.Wait()
	t.Log("claimed", time.Since(b))
	for _, r := range c.regions { b = time.Now(); l := c.node(r).Status().State; c.stop(r); t.Log(round, r, l, time.Since(b)) }
  }
}
