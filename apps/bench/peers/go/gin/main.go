// Gin in release mode, without its logger.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"hyperlane-ts/peers/contract"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	routes := gin.New()
	routes.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "hello") })
	routes.GET("/json", func(c *gin.Context) {
		// Else it says the charset too.
		c.Header("Content-Type", contract.JSON)
		c.JSON(http.StatusOK, contract.Hello)
	})
	routes.GET("/gzip", func(c *gin.Context) {
		octets, err := contract.Gzipped()
		c.Header("Content-Encoding", "gzip")
		sendUnless(err, c, contract.JSON, octets)
	})
	routes.GET("/large", func(c *gin.Context) {
		// Else content that does not fit the server's buffer would be chunked.
		c.Header("Content-Length", strconv.Itoa(len(contract.Large)))
		c.Data(http.StatusOK, contract.Octets, contract.Large)
	})
	routes.POST("/echo", func(c *gin.Context) {
		octets, err := c.GetRawData()
		c.Header("Content-Length", strconv.Itoa(len(octets)))
		sendUnless(err, c, contract.Octets, octets)
	})
	routes.POST("/upload", func(c *gin.Context) {
		octets, err := io.Copy(io.Discard, c.Request.Body)
		sendUnless(err, c, contract.Text, strconv.AppendInt(nil, octets, 10))
	})
	for n := range contract.Routes() {
		routes.GET(fmt.Sprintf("/r%d/items/:id", n), func(c *gin.Context) {
			c.String(http.StatusOK, "%s", c.Param("id"))
		})
	}
	log.Fatal(contract.Serve(routes))
}

func sendUnless(err error, c *gin.Context, contentType string, content []byte) {
	if err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Data(http.StatusOK, contentType, content)
}
