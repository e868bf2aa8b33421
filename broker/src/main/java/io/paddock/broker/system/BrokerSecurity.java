package io.paddock.broker.system;

import io.paddock.broker.request.ErrorBody;
import io.paddock.broker.request.Refusal;
import io.paddock.contracts.service.ConnectionLimits;
import io.paddock.contracts.service.CrossSiteRequests;
import io.paddock.contracts.service.PlainPasswords;
import io.paddock.contracts.service.ReadableQueries;
import io.paddock.contracts.service.RequestDeadline;
import jakarta.servlet.DispatcherType;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.security.web.firewall.RequestRejectedHandler;

/**
 * Two callers with basic authentication: the platform may use the Open Service Broker API, the operator the operator's API. Only whether the
 * broker lives and is ready is told to everybody. No sessions, and nothing that another site has a browser send.
 */
@Configuration
@Import({ConnectionLimits.class, ReadableQueries.class, RequestDeadline.class})
class BrokerSecurity {

    private static final String PLATFORM = "PLATFORM";
    private static final String OPERATOR = "OPERATOR";

    @Bean
    SecurityFilterChain security(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR)
                        .permitAll()
                        .requestMatchers("/actuator/health/liveness", "/actuator/health/readiness")
                        .permitAll()
                        .requestMatchers("/actuator/**", "/operator/**")
                        .hasRole(OPERATOR)
                        .anyRequest()
                        .hasRole(PLATFORM))
                .httpBasic(basic -> basic.authenticationEntryPoint((request, response, failure) -> {
                    response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"paddock\"");
                    ErrorBody.write(response, Refusal.UNKNOWN_CALLER);
                }))
                .addFilterBefore(
                        new CrossSiteRequests(response -> ErrorBody.write(response, Refusal.CROSS_SITE)),
                        BasicAuthenticationFilter.class)
                .exceptionHandling(handling -> handling.accessDeniedHandler(
                        (request, response, failure) -> ErrorBody.write(response, Refusal.CALLER_MAY_NOT)))
                .csrf(csrf -> csrf.disable())
                // Without sessions nobody is logged in.
                .logout(logout -> logout.disable())
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .build();
    }

    /** Paths that could be read in two ways are refused before anything else looks at them. */
    @Bean
    RequestRejectedHandler rejected() {
        return (request, response, reason) -> ErrorBody.write(
                response,
                request.getRequestURI().startsWith("//v2/") ? Refusal.PATH_WITH_TWO_SLASHES : Refusal.PATH_UNREADABLE);
    }

    @Bean
    PasswordEncoder passwords() {
        return new PlainPasswords();
    }

    /** @throws IllegalStateException if both callers have one name */
    @Bean
    UserDetailsService callers(
            @Value("${spring.security.user.name}") String platform,
            @Value("${spring.security.user.password}") String password,
            OperatorProperties operator) {
        if (operator.username().equals(platform)) {
            throw new IllegalStateException("broker.operator.username must not be that of the platform, " + platform);
        }
        return username -> {
            if (username.equals(platform)) {
                return caller(username, password, PLATFORM);
            }
            if (!username.isEmpty() && username.equals(operator.username())) {
                return caller(username, operator.password(), OPERATOR);
            }
            throw new UsernameNotFoundException("unknown caller");
        };
    }

    private static UserDetails caller(String username, String password, String role) {
        return User.withUsername(username).password(password).roles(role).build();
    }
}
