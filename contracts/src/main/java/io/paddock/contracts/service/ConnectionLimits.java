package io.paddock.contracts.service;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Keeps a service there for its callers, whatever strangers do with connections. */
@Configuration
public class ConnectionLimits {

    /**
     * Around everything else, the pages of errors among it.
     *
     * @param requestLimit for the header of a request; {@link RequestDeadline} has the same for its body
     */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> limits(
            @Value("${paddock.request-limit:20s}") Duration requestLimit) {
        return factory -> {
            factory.setProtocol(Crowd.class.getName());
            factory.addConnectorCustomizers(
                    connector -> ((Crowd) connector.getProtocolHandler()).limitRequests(requestLimit));
            factory.addEngineValves(new UnreadBodies());
        };
    }

    /**
     * A request that is refused is answered at once: no thread waits for the rest of its body. Where anybody may ask, as for a service's health, nobody needs a
     * body; Spring would read it.
     */
    private static final class UnreadBodies extends ValveBase {

        UnreadBodies() {
            super(true);
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            // A path that can't be read is none.
            boolean asksHowItIs = String.valueOf(request.getRequestURI()).startsWith("/actuator/");
            if (asksHowItIs && !isRead(request) && isAnonymous(request)) {
                response.setStatus(Response.SC_UNAUTHORIZED);
            } else {
                getNext().invoke(request, response);
            }
            if (response.getStatus() >= Response.SC_BAD_REQUEST && !isRead(request)) {
                request.getCoyoteRequest().action(ActionCode.DISABLE_SWALLOW_INPUT, null);
            }
        }

        private static boolean isAnonymous(Request request) {
            return request.getHeader("Authorization") == null;
        }

        /** Whether there is nothing left of its body. */
        private static boolean isRead(Request request) {
            AtomicBoolean isRead = new AtomicBoolean();
            request.getCoyoteRequest().action(ActionCode.REQUEST_BODY_FULLY_READ, isRead);
            return isRead.get();
        }
    }
}
