<?php
/* The reply's JSON. What is retryable is sent again, after Retry-After, under the same Idempotency-Key. */
function call(string $method, string $path, mixed $body = null, int $tries = 5): mixed {
    $http = ['method' => $method, 'ignore_errors' => true, 'timeout' => 30, 'content' => $body === null ? '' : json_encode($body),
        'header' => ['Content-Type: application/json', 'X-API-Key: ' . getenv('CONNECTOR_KEY'), 'Idempotency-Key: ' . bin2hex(random_bytes(16))]];
    while (true) {
        $text = file_get_contents(getenv('CONNECTOR') . $path, false, stream_context_create(['http' => $http]));
        $reply = json_decode($text ?: 'null', true);
        if (!preg_match('/ [45]\d\d /', $http_response_header[0])) {
            return $reply;
        }
        if (!$reply['retryable'] || --$tries == 0) {
            throw new RuntimeException($text);
        }
        $waits = preg_filter('/^Retry-After: */i', '', $http_response_header);
        sleep((int) (reset($waits) ?: 1));
    }
}
echo call('POST', '/contacts', ['email' => 'ada@example.com', 'firstname' => 'Ada'])['action'], "\n";
