package io.paddock.contracts.service;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Ends a request (408, or 400 where Spring reads it) whose body does not come within a time, however often a byte of it does: a thread waits
 * for it. The time between two bytes is Tomcat's (server.tomcat.connection-timeout).
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 2)
public final class RequestDeadline extends OncePerRequestFilter {

    private final Duration limit;

    /** @param limit from the first look at the request to the last byte of its body */
    RequestDeadline(@Value("${paddock.request-limit:20s}") Duration limit) {
        this.limit = limit;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(new Limited(request, System.nanoTime() + limit.toNanos()), response);
        } catch (TooSlowException slow) {
            response.sendError(HttpServletResponse.SC_REQUEST_TIMEOUT);
        }
    }

    private static final class TooSlowException extends InterruptedIOException {

        TooSlowException() {
            super("the body of the request did not come in time");
        }
    }

    private static final class Limited extends HttpServletRequestWrapper {

        private final long end;

        Limited(HttpServletRequest request, long end) {
            super(request);
            this.end = end;
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            ServletInputStream body = super.getInputStream();
            return new ServletInputStream() {
                @Override
                public int read() throws IOException {
                    check();
                    return body.read();
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    check();
                    return body.read(bytes, offset, length);
                }

                private void check() throws TooSlowException {
                    if (System.nanoTime() - end > 0) {
                        throw new TooSlowException();
                    }
                }

                @Override
                public boolean isFinished() {
                    return body.isFinished();
                }

                @Override
                public boolean isReady() {
                    return body.isReady();
                }

                @Override
                public void setReadListener(ReadListener listener) {
                    body.setReadListener(listener);
                }
            };
        }

        @Override
        public BufferedReader getReader() throws IOException {
            return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
        }
    }
}
