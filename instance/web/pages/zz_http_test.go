package pages_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

func BenchmarkHTTPVote(b *testing.B) {
	s := startMunicipality(b)
	s.announce("fietspad", 1, numbered(50))
	tr := &http.Transport{MaxIdleConnsPerHost: 1000}
	p, _ := strconv.Atoi(os.Getenv("PAR"))
	b.SetParallelism(p)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		cookie := ""
		for i := 0; pb.Next(); i++ {
			if i%50 == 0 {
				cookie = ""
			}
			r, _ := http.NewRequest("POST", s.server.URL+"/consultations/fietspad/votes", strings.NewReader(fmt.Sprintf("question=%s&choice=agree", questionID(i%50))))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			resp, err := tr.RoundTrip(r)
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if cookie == "" {
				cookie, _, _ = strings.Cut(resp.Header.Get("Set-Cookie"), ";")
			}
		}
	})
}
